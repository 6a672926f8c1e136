import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const run: ClientCommand = {
  help: 'backbone run',
  run: () => Promise.reject(new UserError('not built yet')),
};
