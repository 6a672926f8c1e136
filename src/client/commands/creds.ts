import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const creds: ClientCommand = {
  help: 'backbone creds',
  run: () => Promise.reject(new UserError('not built yet')),
};
