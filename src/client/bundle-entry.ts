import { clientMain } from './main.ts';

// Set and not called: stdout that is a pipe may still have to be written out.
void clientMain(process.argv.slice(2), process.env).then((status) => {
  process.exitCode = status;
});
