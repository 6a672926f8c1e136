import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const logout: ClientCommand = {
  help: 'backbone logout',
  run: () => Promise.reject(new UserError('not built yet')),
};
