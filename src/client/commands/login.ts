import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const login: ClientCommand = {
  help: 'backbone login',
  run: () => Promise.reject(new UserError('not built yet')),
};
