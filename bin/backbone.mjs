#!/usr/bin/env node
// The program runs from its TypeScript sources: what you read is what runs.
try {
  const { register } = await import('tsx/esm/api');
  register();
} catch {
  process.stderr.write('backbone: its packages are not installed; run: npm ci\n');
  process.exit(1);
}
const { main } = await import('../src/cli.ts');
process.exitCode = await main(process.argv.slice(2));
