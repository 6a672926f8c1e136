import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const incident: ClientCommand = {
  help: 'backbone incident',
  run: () => Promise.reject(new UserError('not built yet')),
};
