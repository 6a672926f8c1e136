import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  alarmUrl,
  openConsumerSite,
  type ConsumerName,
  type ConsumerSite,
} from './consumer-site.ts';
import { good } from './recap.ts';
import { siteOrSkip, until } from './site.ts';

const ansible = await siteOrSkip('consumers in real containers');
const delivered = 'etc/credstore/backbone-secret-id';

interface Envelope {
  readonly wrapping_token: string;
  readonly accessor: string;
}

/** Each test goes on from the one before. */
describe.runIf(ansible)('consumers in containers', () => {
  let site: ConsumerSite;
  let canary = '';

  beforeAll(async () => {
    if (ansible === undefined) return;
    site = await openConsumerSite(ansible);
    canary = site.secrets['unifi/exporter']?.['api_key'] ?? '';
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });

  const state = (name: ConsumerName, unit: string, property = 'ActiveState') =>
    site.on(name, `systemctl show --property=${property} --value ${unit}`);
  const got = (name: ConsumerName) =>
    until(
      'the service to have its secret',
      () => site.on(name, 'cat /run/backbone-run-exporter/got 2>/dev/null || true'),
      (text) => text !== '',
    );
  const envelopeOf = async (name: ConsumerName) =>
    JSON.parse(await readFile(join((await site.host(name)).root, delivered), 'utf8')) as Envelope;
  /** Logins that were let in, as the server's audit log has them. */
  const logins = async (name: ConsumerName) => {
    const log = await readFile(site.server.auditLogs[0], 'utf8');
    const entries = log
      .split('\n')
      .filter((line) => line.includes('"type":"response"') && line.includes(`"consumer-${name}"`));
    const by = (mount: string) =>
      entries.filter((line) => line.includes(`"path":"auth/${mount}/login"`)).length;
    return { secretId: by('approle'), certificate: by('cert') };
  };

  it('are told by --check what would be done, and nothing is', async () => {
    await (await site.make('unpoller')).start();
    const before = await site.on('unpoller', 'ls -AR /etc /usr/local /var/lib | sha256sum');
    const ran = await site.play('unpoller', '--check', '--diff');
    good(ran);
    expect(ran.changed).toBeGreaterThan(8);
    expect(await site.on('unpoller', 'ls -AR /etc /usr/local /var/lib | sha256sum')).toBe(before);
  });

  it('are prepared without a SecretID, and a second time nothing changes', async () => {
    const ran = await site.play('unpoller');
    good(ran);
    expect(ran.all).toContain('neither a SecretID nor a certificate yet');
    expect(await state('unpoller', 'backbone-bootstrap')).toBe('inactive');
    const again = await site.play('unpoller');
    good(again);
    expect(again.changed, again.all).toBe(0);
    for (const unit of ['backbone-bootstrap', 'backbone-renew', 'backbone-run@exporter']) {
      await site.on(
        'unpoller',
        `systemd-analyze security --no-pager --threshold=25 ${unit}.service >/dev/null`,
      );
    }
  });

  it('are not delivered to while they run', async () => {
    const refused = await site.issuer('deliver', 'unpoller');
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toContain('running already');
    await expect(stat(join((await site.host('unpoller')).root, delivered))).rejects.toThrow();
  });

  it('get a SecretID before they start, once', async () => {
    await (await site.host('unpoller')).stop();
    const done = await site.issuer('deliver', 'unpoller', '--wrap-ttl', '30m', '--json');
    expect(done, done.stderr).toMatchObject({ exitCode: 0 });
    const { wrapping_token, accessor } = await envelopeOf('unpoller');
    expect(JSON.parse(done.stdout)).toMatchObject({ consumer: 'unpoller', accessor, vmid: 130 });
    expect(done.stdout + done.stderr).not.toContain(wrapping_token);
    const file = await stat(join((await site.host('unpoller')).root, delivered));
    expect([file.uid, file.mode & 0o777]).toEqual([100_000, 0o600]);

    const second = await site.issuer('deliver', 'unpoller');
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toContain('delivered to already');
    expect(await envelopeOf('unpoller')).toMatchObject({ accessor });
  });

  it('let themselves in at that boot, and their service has its secret', async () => {
    await (await site.host('unpoller')).start();
    expect(await got('unpoller')).toBe(`a $HOME %i "quoted" ${canary}`);
    expect(await state('unpoller', 'backbone-bootstrap')).toBe('active');
    expect(await site.on('unpoller', 'systemctl --failed --plain --no-legend')).toBe('');
    expect(await site.on('unpoller', 'ls /etc/credstore')).toBe('');
    expect((await logins('unpoller')).secretId).toBe(1);
    const swept = await site.issuer('secret-id', 'sweep', '--json');
    expect(swept, swept.stderr).toMatchObject({ exitCode: 0 });
    expect(swept.stdout).toContain('"arrived"');
  });

  it('show the secret to the service alone', async () => {
    const places = await site.on(
      'unpoller',
      'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"; journalctl --no-pager --output=cat; ' +
        'cat /proc/1/environ | tr "\\0" "\\n"; grep -r . /etc/systemd/system /etc/credential-backbone',
    );
    expect(places).toContain('backbone');
    expect(places).not.toContain(canary);
  });

  it('show the webhook to nobody but the units that need it', async () => {
    const files = '/etc /usr/local /var/lib -xdev -type f -perm /o+r';
    expect(
      await site.on('unpoller', `find ${files} -exec grep -lF canary-webhook {} + || true`),
    ).toBe('');
    expect(
      await site.on('unpoller', 'systemctl show --property=Environment backbone-bootstrap'),
    ).not.toContain('canary-webhook');
    const environment = await site.on(
      'unpoller',
      `tr '\\0' '\\n' </proc/$(systemctl show -P MainPID backbone-run@exporter)/environ`,
    );
    expect(environment).toContain(`BACKBONE_ALARM_URL=${alarmUrl}`);
  });

  it('read it again after a reboot, by their certificate', async () => {
    const before = await logins('unpoller');
    await (await site.host('unpoller')).reboot();
    expect(await got('unpoller')).toContain(canary);
    const after = await logins('unpoller');
    expect(after.secretId).toBe(before.secretId);
    expect(after.certificate).toBeGreaterThan(before.certificate);
    const ran = await site.play('unpoller');
    good(ran);
    expect(ran.changed, ran.all).toBe(0);
  });

  it('alarm a person when a service ends, though it is started anew', async () => {
    const told = '/var/lib/backbone-alarm/told';
    // The first time nobody can be told, and there is no second failure.
    await site.on('unpoller', `mkdir -p ${told}`);
    await site.on(
      'unpoller',
      'systemctl kill --signal=KILL --kill-whom=main backbone-run@exporter',
    );
    const alarmUnit = 'backbone-alarm@backbone-run@exporter.service.service';
    await until(
      'the alarm to wait for its next try',
      () => state('unpoller', alarmUnit, 'SubState'),
      (text) => text === 'auto-restart',
    );
    await site.on('unpoller', `rmdir ${told}`);
    const text = await until(
      'the alarm',
      () => site.on('unpoller', `cat ${told} 2>/dev/null || true`),
      (said) => said !== '',
    );
    expect(text).toContain('backbone-run@exporter.service failed');
    expect(text).not.toContain(canary);
    await until(
      'it to run again',
      () => state('unpoller', 'backbone-run@exporter'),
      (text) => text === 'active',
    );
    expect(await got('unpoller')).toContain(canary);
    // A stop that was asked for is no failure.
    await site.on('unpoller', `rm ${told}; systemctl stop backbone-run@exporter`);
    expect(await state('unpoller', 'backbone-run@exporter', 'Result')).toBe('success');
    expect(await state('unpoller', 'backbone-run@exporter')).toBe('inactive');
    await site.on('unpoller', 'systemctl start backbone-run@exporter');
    await got('unpoller');
    expect(await site.on('unpoller', `ls ${told} 2> /dev/null || true`)).toBe('');
  });

  it('say `intercepted` where the SecretID was stolen on the Proxmox host, and start nothing', async () => {
    await (await site.make('grafana')).start();
    good(await site.play('grafana'));
    await (await site.host('grafana')).stop();
    const done = await site.issuer('deliver', 'grafana', '--wrap-ttl', '30m');
    expect(done, done.stderr).toMatchObject({ exitCode: 0 });
    const { wrapping_token } = await envelopeOf('grafana');
    const stolen = await site.outside(
      [
        ...['curl', '--silent', '--cacert', site.server.caFile, '--header', '@-'],
        ...['--request', 'POST', `${site.server.address}/v1/sys/wrapping/unwrap`],
      ],
      `X-Vault-Token: ${wrapping_token}`,
    );
    expect(stolen).toContain('secret_id_accessor');

    await (await site.host('grafana')).start();
    expect(await state('grafana', 'backbone-bootstrap')).toBe('failed');
    expect(await state('grafana', 'backbone-bootstrap', 'ExecMainStatus')).toBe('41');
    expect(await state('grafana', 'backbone-run@exporter')).toBe('inactive');
  });

  it('alarm a person', async () => {
    const told = await until(
      'the alarm',
      () => site.on('grafana', 'cat /var/lib/backbone-alarm/told 2>/dev/null || true'),
      (text) => text !== '',
    );
    expect(told).toContain('backbone-bootstrap.service failed');
    expect(told).toContain('intercepted');
    // Ansible says it, too.
    const ran = await site.play('grafana', '--tags', 'run');
    expect(ran.exitCode).not.toBe(0);
    expect(ran.all).toContain('intercepted');
  });

  it('have their record end the SecretID in the next sweep', async () => {
    const spool = join(site.directory, 'spool');
    const { accessor } = await envelopeOf('grafana');
    const records = await site.on('grafana', 'cat /var/lib/credential-backbone/alarms/*.json');
    expect(records).toContain(accessor);
    await mkdir(spool);
    await writeFile(join(spool, 'grafana.json'), records);
    const swept = await site.issuer('secret-id', 'sweep', '--spool', spool);
    expect(swept.exitCode, swept.stderr).toBe(2);
    expect(swept.stderr).toContain('ALARM');
    const { status } = await site.server.ask({
      ...{ method: 'POST', token: site.server.rootToken, body: { secret_id_accessor: accessor } },
      path: 'auth/approle/role/grafana/secret-id-accessor/lookup',
    });
    expect(status).not.toBe(200);
  });
});
