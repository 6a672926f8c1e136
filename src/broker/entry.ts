import { UserError } from '../user-error.ts';
import { runBroker } from './main.ts';

runBroker(process.env).then(
  () => {
    process.exitCode = 0;
  },
  (error: unknown) => {
    const text = error instanceof UserError ? error.message : (error as Error).stack;
    process.stderr.write(`github-broker: ${text ?? String(error)}\n`);
    process.exitCode = error instanceof UserError ? 1 : 70;
  },
);
