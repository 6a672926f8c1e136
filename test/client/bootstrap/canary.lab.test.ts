import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watchCommandLines } from '../../command-lines.ts';
import { filesBelow } from '../../lab/running-lab.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { fileOf, issue } from './delivering.ts';

let deployed: Deployed;
/** On tmpfs, as the service's own directory below /run would be. */
let memory: string;
beforeAll(async () => {
  deployed = await deploy();
  memory = await mkdtemp('/dev/shm/backbone-canary-');
});
afterAll(async () => {
  await deployed.stop();
  await rm(memory, { recursive: true, force: true });
});

it.runIf(process.platform === 'linux')(
  'a first boot, a reboot and a run leave no secret in arguments, output, state or logs',
  async () => {
    const watching = watchCommandLines(10);
    const home = await deployed.home();
    const options = {
      home,
      consumer: 'unpoller',
      localAddress: addresses.unpoller,
      env: { BACKBONE_SEED: '/nonexistent', XDG_RUNTIME_DIR: memory },
    };
    const sent = await issue(deployed, 'unpoller');
    const sink = join(home, 'sink');
    const first = ['bootstrap', '--json', '--sink', sink];
    const delivered = await deployed.bundle(
      [...first, '--token-file', await fileOf(deployed, sent)],
      options,
    );
    const token = (await readFile(sink, 'utf8')).trim();
    const rebooted = await deployed.bundle(['bootstrap', '--json'], options);
    const ran = await deployed.bundle(
      ['run', '--wait', '0', '--', process.execPath, '-e', 'process.exit(7)', 'marked'],
      options,
    );
    watching.stop();
    const args = [...watching.seen].join('\n');
    expect([delivered, rebooted, ran].map(({ exitCode }) => exitCode)).toEqual([0, 0, 7]);
    // The sampler has seen what it looks at.
    expect(args).toContain('marked');

    const files = [...(await filesBelow(home))];
    const identity = files.filter(([file]) => file.endsWith('/client.pem'));
    expect(identity).toHaveLength(1);
    const [[identityFile, pem] = ['', '']] = identity;
    const key = /PRIVATE KEY-----\n([^\n]{20,})\n/.exec(pem)?.[1] ?? '';
    const value = deployed.secrets['unifi/exporter']?.['api_key'] ?? '';
    const kept = files.filter(([file]) => file !== sink && file !== identityFile);
    const logs = [...deployed.server.auditLogs, join(deployed.directory, 'openbao.log')];
    const logged = await Promise.all(logs.map((file) => readFile(file, 'utf8')));
    const written = [...kept.map(([, content]) => content), ...logged];
    const spoken = [delivered, rebooted, ran].map(({ stdout, stderr }) => `${stdout}${stderr}`);
    for (const secret of [sent.wrapping_token, token, key, value]) {
      expect(secret.length).toBeGreaterThan(10);
      for (const text of [args, ...spoken, ...written]) expect(text).not.toContain(secret);
    }
  },
);
