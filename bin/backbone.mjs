#!/usr/bin/env node
// A command of the client runs from the bundle, in a tenth of the time. Everything else, and the client
// where nothing is bundled, runs from the TypeScript sources: what you read is what runs.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../dist/backbone-client.cjs', import.meta.url));
const client =
  /^(creds|aws-config|exec|login|logout|secret-id|launch|bootstrap|run|incident|rotate)$/;

if (client.test(process.argv[2] ?? '') && existsSync(bundle)) {
  // What it writes into a credential_process is then the bundle itself.
  process.argv[1] = bundle;
  createRequire(import.meta.url)(bundle);
} else {
  try {
    const { register } = await import('tsx/esm/api');
    register();
  } catch {
    process.stderr.write('backbone: its packages are not installed; run: npm ci\n');
    process.exit(1);
  }
  const { main } = await import('../src/cli.ts');
  process.exitCode = await main(process.argv.slice(2));
}
