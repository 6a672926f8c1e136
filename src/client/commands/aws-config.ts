import { UserError } from '../../user-error.ts';
import type { ClientCommand } from '../command.ts';

export const awsConfig: ClientCommand = {
  help: 'backbone aws-config',
  run: () => Promise.reject(new UserError('not built yet')),
};
