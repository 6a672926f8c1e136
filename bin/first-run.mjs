#!/usr/bin/env node
// `npm start` and `npm test` on a fresh checkout: installs what is missing, then hands over. Only Node's
// own modules may be used here, as nothing else is certain to be there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [mode, ...rest] = process.argv.slice(2);

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  fail(`Node 20 or newer is needed, this is ${process.versions.node}. Install it and try again.`);
}

// The stamp is written last: an install that was cut off is done again.
const stamp = join(root, 'node_modules', '.installed-from');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  say('installing npm packages (once, about a minute)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}
run(process.execPath, ['--import', 'tsx', 'providers/generate.ts']);
run(process.execPath, ['--import', 'tsx', 'src/bundle/main.ts']);

switch (mode) {
  case 'start':
    run(process.execPath, ['--import', 'tsx', 'lab/start.ts', ...rest]);
    break;
  case 'test':
    run(process.execPath, ['--import', 'tsx', 'lab/parts/main.ts']);
    run(process.execPath, [
      join('node_modules', 'vitest', 'vitest.mjs'),
      ...['run', '--project', 'unit', '--project', 'lab', '--project', 'host', ...rest],
    ]);
    break;
  default:
    fail(`usage: first-run.mjs start|test`);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}
