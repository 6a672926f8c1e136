// A double of `docker run`: what is started has the variables of its image and those that -e names, and nothing
// else of whoever starts it. Images are JSON files of {"env": {...}}; options are -e, --env and --rm alone.
// It writes down what it was called with, as an engine keeps it for `inspect`.
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';

const [record, ...given] = process.argv.slice(2);
const [verb, ...rest] = given;
if (verb !== 'run') throw new Error('only run is known');
const named = [];
while (rest[0]?.startsWith('-')) {
  const option = rest.shift();
  if (option === '-e' || option === '--env') named.push(rest.shift());
  else if (option !== '--rm') throw new Error(`${option} is not known`);
}
const [image, command, ...args] = rest;
const { env } = JSON.parse(readFileSync(image, 'utf8'));
const passed = named.flatMap((entry) => {
  const [name, ...value] = entry.split('=');
  if (value.length > 0) return [[name, value.join('=')]];
  return process.env[name] === undefined ? [] : [[name, process.env[name]]];
});
appendFileSync(record, `${JSON.stringify(given)}\n`);
const child = spawn(command, args, {
  env: { ...env, ...Object.fromEntries(passed) },
  stdio: 'inherit',
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (status) => process.exit(status ?? 1));
