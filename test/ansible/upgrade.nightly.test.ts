import { beforeAll, describe, expect, it } from 'vitest';
import { openbaoBefore } from '../../lab/parts/ansible.ts';
import { said } from './recap.ts';
import { openSite, siteOrSkip, type Site } from './site.ts';

const ansible = await siteOrSkip('the upgrade of OpenBao');
const minutes = 60_000;

describe.runIf(ansible)('an OpenBao host of the release before', { timeout: 40 * minutes }, () => {
  let site: Site;
  const version = () => site.on('bao', 'bao version');
  const running = () =>
    site.on(
      'bao',
      'curl --silent --cacert /etc/openbao/tls/openbao-ca.pem https://127.0.0.1:8200/v1/sys/seal-status',
    );
  let older: readonly string[];

  beforeAll(async () => {
    if (ansible === undefined) return;
    const before = await openbaoBefore((line) => process.stderr.write(`${line}\n`));
    older = [
      ...['--extra-vars', 'openbao_version=2.6.2'],
      ...['--extra-vars', `openbao_binary_src=${before.path}`],
    ];
    site = await openSite(ansible, [{ name: 'bao', vmid: 120, address: '192.0.2.20' }]);
    await site.make('bao');
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });

  it('is installed', async () => {
    const made = await site.play('site.yml', ...older);
    expect(made.exitCode, made.all).toBe(0);
    expect(await version()).toContain('v2.6.2');
  });

  it('has tags that each work alone', async () => {
    const steps = ['preflight', 'install', 'configure', 'run', 'verify'];
    for (const tag of [...steps, 'alarm', 'firewall', 'aws_identity', 'openbao,verify']) {
      const alone = await site.play('site.yml', '--tags', tag, ...older);
      expect(alone.exitCode, `${tag}: ${alone.all}`).toBe(0);
      expect(alone.changed, `${tag}: ${alone.all}`).toBe(0);
    }
  });

  it('is not changed by site.yml, which says what to run', async () => {
    const refused = await site.play('site.yml');
    expect(refused.exitCode).not.toBe(0);
    expect(said(refused)).toContain('Run playbooks/upgrade.yml');
    expect(await version()).toContain('v2.6.2');
  });

  it('is not upgraded while nobody leads', async () => {
    // Somebody else answers in OpenBao's place, by its certificate.
    await site.on(
      'bao',
      `mkdir -p /run/nobody/v1/sys; cd /run/nobody
       printf 'HTTP/1.0 200 OK\\r\\nContent-Type: application/json\\r\\n\\r\\n{"is_self":false}' > v1/sys/leader
       systemd-run --quiet --unit=nobody-leads --working-directory=/run/nobody openssl s_server -quiet -HTTP \\
         -accept 127.0.0.1:8299 -cert /etc/openbao/tls/openbao.pem -key /etc/openbao/tls/openbao.key`,
    );
    const refused = await site.play(
      ...['playbooks/upgrade.yml', '--extra-vars', 'openbao_port=8299'],
    );
    await site.on('bao', 'systemctl stop nobody-leads');
    expect(refused.exitCode).not.toBe(0);
    expect(said(refused)).toContain('Nobody leads');
    expect(refused.changed).toBe(0);
    expect(await version()).toContain('v2.6.2');
  });

  it('is upgraded in place, after a snapshot that came back', async () => {
    const counted = () => site.on('bao', 'ls /var/lib/openbao-snapshot/*.snap | wc -l');
    const snapshots = Number(await counted());
    const upgraded = await site.play('playbooks/upgrade.yml');
    expect(upgraded.exitCode, upgraded.all).toBe(0);
    expect(await version()).toContain('v2.7.2');
    expect(await running()).toMatch(/"sealed":false.*"version":"2\.7\.2"/);
    expect(Number(await counted())).toBe(snapshots + 1);
    const drill = await site.on('bao', 'cat /var/lib/openbao-snapshot/drill.json');
    expect(JSON.parse(drill)).toMatchObject({ result: 'good' });
  });

  it('is not taken back, by site.yml or by an upgrade', async () => {
    for (const playbook of ['site.yml', 'playbooks/upgrade.yml']) {
      const refused = await site.play(playbook, ...older);
      expect(refused.exitCode).not.toBe(0);
      expect(said(refused)).toContain('There is no way back');
      expect(refused.changed).toBe(0);
    }
    expect(await version()).toContain('v2.7.2');
    expect(await running()).toContain('"sealed":false');
  });
});
