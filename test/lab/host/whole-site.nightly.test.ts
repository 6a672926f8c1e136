import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHosts, type Hosts } from '../../../lab/host/hosts.ts';
import { siteOrSkip, until } from '../../ansible/site.ts';
import { labOfItsOwn, type Ran, type RunningLab } from '../running-lab.ts';

const ansible = await siteOrSkip('the whole lab with containers');
await ansible?.remove();
const cli = fileURLToPath(new URL('../../../bin/backbone.mjs', import.meta.url));
const given = '/run/backbone-run-exporter/got';

describe.runIf(ansible)('backbone lab up --host container', { timeout: 1_800_000 }, () => {
  let lab: RunningLab;
  let hosts: Hosts;
  let up: Ran;

  beforeAll(async () => {
    lab = await labOfItsOwn();
    up = await lab.backbone(['lab', 'up', '--host', 'container']);
    hosts = await openHosts(lab.paths.hosts);
  });
  afterAll(async () => {
    await lab.remove();
  });

  const inside = (...args: readonly string[]) =>
    lab.backbone(['lab', 'shell', '--', process.execPath, cli, ...args]);
  /** The environment of the consumer's service. */
  const got = async () => {
    const consumer = await hosts.find('ct131');
    const ran = await consumer?.enter(['sh', '-c', `cat ${given} 2>/dev/null || true`]);
    return ran?.stdout ?? '';
  };
  const hasItsSecret = () =>
    until('the consumer to have its secret', got, (text) => text.includes('UNIFI_PASSWORD=lab-'));

  it('ends with an OpenBao that Ansible made of the container, and stacks that are deployed', async () => {
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    const status = await lab.backbone(['lab', 'status']);
    expect(status.stdout).toMatch(/ct120 +running +openbao/);
    expect(status.stdout).toMatch(/ct131 +running +unpoller/);
    for (const stack of ['host', 'aws-trust', 'openbao']) {
      const planned = await inside('plan', stack);
      expect(planned, planned.stderr + planned.stdout).toMatchObject({ exitCode: 0 });
    }
  });

  it('has a consumer that came in with its wrapped SecretID, and again after a reboot', async () => {
    await hasItsSecret();
    const consumer = await hosts.find('ct131');
    expect((await consumer?.enter(['ls', '/etc/credstore']))?.stdout).toBe('');
    await consumer?.reboot();
    await hasItsSecret();
  });

  it('shows no secret of it', async () => {
    const password = /^UNIFI_PASSWORD=(.*)$/m.exec(await got())?.[1] ?? '';
    expect(password).toMatch(/^lab-[0-9a-f]{24}$/);
    const first = (await readFile(lab.paths.bootstrapPassword, 'utf8')).trim();
    const age = await readFile(join(lab.paths.root, 'ansible', 'age.key'), 'utf8');
    const key = /AGE-SECRET-KEY-\w+/.exec(age)?.[0] ?? '';
    const said = [...lab.printed, ...lab.commandLines].join('\n');
    for (const secret of [password, first, key]) {
      expect(secret.length).toBeGreaterThan(15);
      expect(said).not.toContain(secret);
    }
  });

  it('does nothing over again when it is repeated', async () => {
    const before = await (await hosts.find('ct131'))?.leader();
    const again = await lab.backbone(['lab', 'up', '--host', 'container']);
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    expect(again.stderr).not.toContain('wrapped SecretID');
    expect(await (await hosts.find('ct131'))?.leader()).toBe(before);
    await hasItsSecret();
  });
});
