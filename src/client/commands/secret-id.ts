import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const secretId: ClientCommand = {
  help: 'backbone secret-id',
  run: () => Promise.reject(new UserError('not built yet')),
};
