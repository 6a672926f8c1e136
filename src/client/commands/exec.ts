import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const exec: ClientCommand = {
  help: 'backbone exec',
  run: () => Promise.reject(new UserError('not built yet')),
};
