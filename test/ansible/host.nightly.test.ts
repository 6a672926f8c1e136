import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { firstPassword, firstToken, post, rootToken } from './root-token.ts';
import { hostOfTests } from './one-host.ts';
import { good, unchanged } from './recap.ts';
import { siteOrSkip, until } from './site.ts';

const ansible = await siteOrSkip('the roles on a real host');
const minutes = 60_000;

/** Each test goes on from the one before: one host, from bare through what may befall it while it serves. */
describe.runIf(ansible)('an OpenBao host', { timeout: 40 * minutes }, () => {
  const { site, on, ask, health, healthy, alarm, forgetAlarms, becomeRoot } = hostOfTests(ansible);

  it('is told by --check what would be done, and nothing is', async () => {
    const before = await on('ls -AR --ignore=lost+found /etc /usr/local /var/lib | sha256sum');
    const recap = await site().play('site.yml', '--check', '--diff');
    good(recap);
    expect(recap.changed).toBeGreaterThan(20);
    expect(await on('ls -AR --ignore=lost+found /etc /usr/local /var/lib | sha256sum')).toBe(
      before,
    );
    await expect(readdir(site().artifacts)).rejects.toThrow('ENOENT');
  });

  it('says that its first start failed, and what to do', async () => {
    const policy = 'path "x" { capabilities = ["nonsense"] }';
    const identity = { openbao_first_identity: { policy, from: ['192.0.2.1/32'] } };
    const failed = await site().play('site.yml', '--extra-vars', JSON.stringify(identity));
    expect(failed.exitCode).not.toBe(0);
    expect(failed.all).toContain('systemctl stop openbao; rm -rf /var/lib/openbao/{raft,vault.db}');
    await on('systemctl stop openbao; rm -rf /var/lib/openbao/{raft,vault.db}');
  });

  it('is not done while no snapshot has left it, and says why', async () => {
    for (const args of [[], ['--tags', 'openbao_snapshot']]) {
      const failed = await site().play('site.yml', ...args);
      expect(failed.exitCode).not.toBe(0);
      expect(failed.all).toContain('take: /mnt/away: Permission denied');
    }
    expect(await on('ls /mnt/away')).toBe('');
    await forgetAlarms();
  });

  it('is made from a bare container by site.yml', async () => {
    await on('chmod 0777 /mnt/away');
    good(await site().play('site.yml'));
    expect(await on('ls /mnt/away')).toMatch(/^\S+\.snap\.age$/);
    expect(await health()).toBe('200');
    expect(await on('systemctl --failed --plain --no-legend')).toBe('');
  });

  it('changes nothing in a second run, nor would it', async () => {
    unchanged(await site().play('site.yml'));
    unchanged(await site().play('site.yml', '--check', '--diff'));
  });

  it('shows its metrics on loopback, and nothing else there', async () => {
    const ask = (address: string, path: string) =>
      on(
        `curl --silent --max-time 10 --write-out '\n%{http_code}' http://${address}:8202/v1/${path} || true`,
      );
    const metrics = 'sys/metrics?format=prometheus';
    expect(await ask('127.0.0.1', metrics)).toMatch(/^# (HELP|TYPE) [^]*\n200$/);
    for (const path of ['sys/health', 'sys/seal-status', 'kv/data/unifi/tofu']) {
      expect(await ask('127.0.0.1', path), path).toMatch(/\n404$/);
    }
    expect(await ask('192.0.2.20', metrics)).toMatch(/000$/);
  });

  it('runs in a tight sandbox, each unit', async () => {
    for (const [unit, most] of [
      ['openbao', 15],
      ['aws-identity', 15],
      ['openbao-snapshot', 17],
      ['openbao-drill', 17],
    ] as const) {
      await on(`systemd-analyze security --no-pager --threshold=${String(most)} ${unit}.service`);
    }
  });

  it('leaves no password of the first start, and no secret in any argument', async () => {
    expect(await on('ls /etc/openbao/server /etc/openbao/credentials')).not.toMatch(
      /initialize|first-password/,
    );
    // The process, and so its plugins, has it no more either.
    expect(await on('ls /run/credentials/openbao.service')).toMatch(/^seal-key_/m);
    expect(await on('ls /run/credentials/openbao.service')).not.toContain('password');
    const kept = JSON.parse(await on('openbao-kept export')) as Record<string, string>;
    const secrets = Object.entries(kept)
      .filter(([name]) => !name.endsWith('-id'))
      .flatMap(([, value]) => [value, Buffer.from(value, 'base64').toString('latin1')]);
    expect(secrets).toHaveLength(6);
    const places = await on(
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; ' +
        'journalctl --no-pager --output=cat; cat /etc/openbao/server/* /etc/openbao/*.json',
    );
    for (const secret of secrets) expect(places).not.toContain(secret);
  });

  it('lets nobody in from an address that is not declared', async () => {
    const reach = (source: string) =>
      site().hosts.network.namespace === ''
        ? Promise.resolve('')
        : on(`nft list table inet backbone | grep -c 'saddr ${source} .*dport 8200' || true`);
    expect(Number(await reach('192.0.2.1'))).toBe(1);
    expect(Number(await reach('192.0.2.99'))).toBe(0);
  });

  it('gives its AWS identity to no other uid, and to no caller without the token', async () => {
    const url = 'http://127.0.0.1:9911/credentials';
    const get = (user: string, header = '') =>
      on(
        `setpriv --reuid ${user} --clear-groups curl --silent --max-time 20 --output /dev/null ` +
          `--write-out '%{http_code}' ${header} ${url} || true`,
        `Authorization: ${'x'.repeat(40)}`,
      );
    expect(await get('openbao')).toBe('401');
    expect(await get('openbao', '--header @-')).toBe('403');
    expect(await get('nobody')).toBe('000');
    expect(await get('root')).toBe('000');
  });

  it('lets the first identity in by the password that was kept', async () => {
    expect(await firstToken(site(), 'bao')).not.toBe('');
    const password = `${await firstPassword(site(), 'bao')}x`;
    const refused = await post(site(), 'bao', 'auth/bootstrap/login/bootstrap', { password });
    expect(refused.auth).toBeUndefined();
  });

  it('gives a root token for two of three recovery keys, not for one', async () => {
    expect(await rootToken(site(), 'bao', 1)).toBeUndefined();
    await becomeRoot();
    expect(Object.keys((await ask('sys/audit')).data ?? {}).sort()).toEqual(['first/', 'second/']);
    expect(Number(await on('grep -c generate-root /var/log/openbao/audit.log'))).toBeGreaterThan(0);
  });

  it('takes recovery keys without a login where its configuration says so, until site.yml', async () => {
    const anybody = () =>
      on(
        `curl --silent --output /dev/null --write-out '%{http_code}' --request POST ` +
          `--cacert /etc/openbao/tls/openbao-ca.pem https://192.0.2.20:8200/v1/sys/generate-root/attempt`,
      );
    expect(await anybody()).not.toBe('200');
    await on(`sed -i '0,/^listener.*/s//&\\n  disable_unauthed_generate_root_endpoints = false/' \
      /etc/openbao/server/openbao.hcl && systemctl restart openbao`);
    await healthy();
    expect(await anybody()).toBe('200');
    good(await site().play('site.yml', '--tags', 'openbao'));
    await healthy();
    expect(await anybody()).not.toBe('200');
  });

  it('says that an audit device was changed, and is mended by site.yml', async () => {
    await on(`sed -i s,openbao-second/audit,openbao-second/other, /etc/openbao/server/openbao.hcl
      systemctl restart openbao || true`);
    await until(
      'its reason',
      () => on('journalctl --unit=openbao --lines=200 --no-pager --output=cat'),
      (text) => text.includes('modifications to audit devices'),
    );
    await on('systemctl stop openbao');
    good(await site().play('site.yml', '--tags', 'openbao'));
    await healthy();
  });

  it('comes back by itself, unsealed, after kill -9 and after a reboot', async () => {
    await ask('sys/mounts/kv', `--json '{"type":"kv"}'`);
    await ask('kv/canary', `--json '{"value":"kept"}'`);
    await on('kill -9 $(systemctl show --property MainPID --value openbao)');
    await healthy();
    await (await site().host('bao')).reboot();
    await healthy();
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    expect(await on('systemctl --failed --plain --no-legend')).toBe('');
  });

  it('stays down, and tells a person, where its firewall does not load at boot', async () => {
    await on(`cp -a /etc/nftables.conf /root/
      echo 'table inet backbone { nonsense }' > /etc/nftables.conf`);
    await (await site().host('bao')).reboot();
    expect(await alarm('nftables.service')).toContain('nonsense');
    expect(await alarm('openbao.service')).toContain('list table inet backbone');
    expect(await health()).toBe('000');
    await on(`mv /root/nftables.conf /etc/; systemctl reset-failed
      systemctl start nftables aws-identity openbao`);
    await healthy();
    await on('systemctl restart nftables');
    expect(await health()).toBe('200');
    await forgetAlarms();
  });

  it('raises the alarm before the audit disk is full, and answers even when it is', async () => {
    await forgetAlarms();
    await on('systemctl start openbao-watch');
    // A small disk of its own: OpenBao opens its file there at the next SIGHUP, as after a rotation.
    await on(`
      mount -t tmpfs -o size=8m,uid=$(id -u openbao),mode=0700 tmpfs /var/log/openbao
      head -c 7000000 /dev/zero > /var/log/openbao/filler`);
    await on('systemctl start openbao-watch || true');
    expect(await alarm('openbao-watch.service')).toContain('/var/log/openbao: less than');
    expect(await health()).toBe('200');
    await on('systemctl restart openbao');
    await healthy();
    await on('cat /dev/zero > /var/log/openbao/filler 2>/dev/null || true');
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    await on('systemctl stop openbao; umount /var/log/openbao; systemctl start openbao');
    await healthy();
    await on('systemctl start openbao-watch');
    await forgetAlarms();
  });

  it('answers nothing while every audit disk is full, and goes on when there is space', async () => {
    const disks = '/var/log/openbao /var/log/openbao-second';
    await on(`for d in ${disks}; do
      mount -t tmpfs -o size=4m,uid=$(id -u openbao),mode=0700 tmpfs $d
    done; systemctl restart openbao`);
    await healthy();
    await on(`for d in ${disks}; do cat /dev/zero > $d/filler 2>/dev/null || true; done`);
    await expect(ask('kv/canary')).rejects.toThrow(/: 500|error: 500/);
    await on('systemctl start openbao-watch || true');
    expect(await alarm('openbao-watch.service')).toMatch(/openbao: less than[^]*second: less than/);
    await on(`for d in ${disks}; do rm $d/filler; done`);
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    await on(`systemctl stop openbao; umount ${disks}; systemctl start openbao`);
    await healthy();
    await on('systemctl start openbao-watch');
    await forgetAlarms();
  });

  it('rotates its audit files while it runs', async () => {
    const conf = '/etc/openbao/logrotate.conf';
    // The unit itself finds nothing due; what it would do then is forced.
    await on('systemctl start openbao-logrotate');
    await on(`logrotate --force --state /var/lib/openbao-logrotate/status ${conf}`);
    // Answered before the signal has arrived, a request stands in the old file: asked again until then.
    await until(
      'a new audit file',
      async () => {
        await ask('kv/canary');
        return on('cat /var/log/openbao/audit.log || true');
      },
      (text) => text.includes('kv/canary'),
    );
    expect(await on('ls /var/log/openbao')).toMatch(/audit\.log-\d+/);
  });

  it('says that its certificate has expired, and is mended by a renewal', async () => {
    await on(`cd /etc/openbao/tls
      openssl req -new -key openbao.key -subj /CN=bao -out /run/expired.csr
      openssl x509 -req -in /run/expired.csr -CA ../ca/ca.pem -CAkey ../ca/ca.key -set_serial 1 -days 0 \\
        -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out openbao.pem 2> /dev/null
      systemctl reload openbao`);
    await until('a refused connection', health, (code) => code === '000');
    await on('systemctl start openbao-watch || true');
    expect(await alarm('openbao-watch.service')).toContain('has expired');
    // What else differs from the declaration is no matter of a renewal.
    await on('mv /etc/openbao/logrotate.conf /run/; systemctl show -p MainPID openbao >/run/pid');
    const renewed = await site().play('playbooks/renew-certificate.yml');
    good(renewed);
    expect(renewed.all).not.toContain('TASK [firewall');
    expect(await health()).toBe('200');
    await on(`! test -e /etc/openbao/logrotate.conf; mv /run/logrotate.conf /etc/openbao/
      systemctl show -p MainPID openbao | cmp - /run/pid`);
    await on('systemctl start openbao-watch');
    await forgetAlarms();
  });
});
