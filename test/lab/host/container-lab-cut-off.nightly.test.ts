import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { readNetwork } from '../../../lab/host/record.ts';
import { labOfItsOwn } from '../running-lab.ts';
import { containersOrSkip } from './containers-or-skip.ts';

const can = await containersOrSkip('a lab with containers that was cut off', 'bookworm');
const cli = fileURLToPath(new URL('../../../bin/backbone.mjs', import.meta.url));

describe.runIf(can)('a lab with containers that was cut off', { timeout: 900_000 }, () => {
  it('is cleaned away by the next one', async () => {
    const lab = await labOfItsOwn();
    try {
      const killed = spawn(process.execPath, [cli, 'lab', 'up', '--host', 'container', '--bare'], {
        env: { ...process.env, BACKBONE_LAB: lab.paths.root },
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => killed.once('exit', resolve));
      // As soon as its network is written down, whether that exists yet or not.
      let network = await readNetwork(lab.paths.hosts);
      while (network === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        network = await readNetwork(lab.paths.hosts);
      }
      killed.kill('SIGKILL');
      await ended;
      const up = await lab.backbone(['lab', 'up', '--host', 'container', '--bare']);
      expect(up, up.stderr).toMatchObject({ exitCode: 0 });
      expect(up.stderr).toContain('cleaning up after a lab that was cut off');
      const { stdout } = await execa('ip', ['netns', 'list']);
      expect(stdout).not.toContain(network.namespace);
      expect(stdout).toContain((await readNetwork(lab.paths.hosts))?.namespace);
    } finally {
      await lab.remove();
    }
  });
});
