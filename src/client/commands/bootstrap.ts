import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const bootstrap: ClientCommand = {
  help: 'backbone bootstrap',
  run: () => Promise.reject(new UserError('not built yet')),
};
