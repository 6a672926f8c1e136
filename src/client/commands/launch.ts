import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const launch: ClientCommand = {
  help: 'backbone launch',
  run: () => Promise.reject(new UserError('not built yet')),
};
