// Preloaded into the client: kills it, as by SIGKILL, before its n-th step that anybody else could see
// (a file changed, a request sent). KILL_AT says which; STEPS names a file that gets their number.
import fs from 'node:fs';
import https from 'node:https';

const at = Number(process.env.KILL_AT);
const { writeFileSync } = fs;
let steps = 0;

function counted(owner, name) {
  const original = owner[name];
  owner[name] = (...given) => {
    steps += 1;
    if (steps === at) process.kill(process.pid, 'SIGKILL');
    return original.apply(owner, given);
  };
}

for (const name of [
  'openSync',
  'writeFileSync',
  'fsyncSync',
  'renameSync',
  'unlinkSync',
  'mkdirSync',
]) {
  counted(fs, name);
}
counted(https, 'request');

process.on('exit', () => {
  writeFileSync(process.env.STEPS, String(steps));
});
