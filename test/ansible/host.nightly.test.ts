import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { firstPassword, firstToken, post, rootToken } from './root-token.ts';
import { openSite, siteOrSkip, until, type Recap, type Site } from './site.ts';

const ansible = await siteOrSkip('the roles on a real host');
const minutes = 60_000;

/** The API of the host's OpenBao, called on the host, with a token on standard input. */
const api = (path: string, more = '') =>
  `curl --silent --show-error --fail-with-body --cacert /etc/openbao/tls/openbao-ca.pem ` +
  `--header @- ${more} https://127.0.0.1:8200/v1/${path}`;

/** Each test goes on from the one before: one host, from bare to destroyed and back. */
describe.runIf(ansible)('an OpenBao host', { timeout: 20 * minutes }, () => {
  let site: Site;
  let root = '';
  const on = (script: string, stdin?: string) => site.on('bao', script, stdin);
  const ask = (path: string, more?: string) =>
    on(api(path, more), `X-Vault-Token: ${root}`).then(
      (text) => JSON.parse(text === '' ? '{}' : text) as { readonly data?: Readonly<Record<string, unknown>> },
    );
  const health = () =>
    on(
      `curl --silent --output /dev/null --write-out '%{http_code}' ` +
        `--cacert /etc/openbao/tls/openbao-ca.pem https://127.0.0.1:8200/v1/sys/health || true`,
    );
  const healthy = () => until('an unsealed server', health, (code) => code === '200');
  const alarm = (unit: string) =>
    until(
      `an alarm of ${unit}`,
      () => on(`cat /var/lib/backbone-alarm/${unit}.json || true`),
      (text) => text !== '',
    ).then((text) => (JSON.parse(text) as { text: string }).text);
  const forgetAlarms = () => on('rm -f /var/lib/backbone-alarm/*; systemctl reset-failed');
  const good = (recap: Recap) => {
    expect(recap.exitCode, recap.all).toBe(0);
  };
  const unchanged = (recap: Recap) => {
    good(recap);
    expect(recap.changed, recap.all).toBe(0);
  };

  beforeAll(async () => {
    if (ansible === undefined) return;
    site = await openSite(ansible, [{ name: 'bao', vmid: 120, address: '192.0.2.20' }], {
      openbao_snapshot_destination: {
        ...{ kind: 'path', directory: '/mnt/away', must_be_mounted: false, keep: 3 },
      },
      openbao_snapshot_keep: 2,
      // The time of a look is the test's.
      openbao_watch_interval: '1d',
    });
    await site.make('bao');
    await on('mkdir -p /mnt/away');
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });

  it(
    'is told by --check what would be done, and nothing is', async () => {
      const before = await on('ls -AR /etc /usr/local /var/lib | sha256sum');
      const recap = await site.play('site.yml', '--check', '--diff');
      good(recap);
      expect(recap.changed).toBeGreaterThan(20);
      expect(await on('ls -AR /etc /usr/local /var/lib | sha256sum')).toBe(before);
      await expect(readdir(site.artifacts)).rejects.toThrow('ENOENT');
    },
  );

  it('is made from a bare container by site.yml', async () => {
    await on('chmod 0777 /mnt/away');
    good(await site.play('site.yml'));
    expect(await health()).toBe('200');
    expect(await on('systemctl --failed --plain --no-legend')).toBe('');
  });

  it('changes nothing in a second run, nor would it', async () => {
    unchanged(await site.play('site.yml'));
    unchanged(await site.play('site.yml', '--check', '--diff'));
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
      site.hosts.network.namespace === ''
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
    expect(await firstToken(site, 'bao')).not.toBe('');
    const password = `${await firstPassword(site, 'bao')}x`;
    const refused = await post(site, 'bao', 'auth/bootstrap/login/bootstrap', { password });
    expect(refused.auth).toBeUndefined();
  });

  it('gives a root token for two of three recovery keys, not for one', async () => {
    expect(await rootToken(site, 'bao', 1)).toBeUndefined();
    root = (await rootToken(site, 'bao', 2)) ?? '';
    expect(Object.keys((await ask('sys/audit')).data ?? {}).sort()).toEqual([
      'first/',
      'second/',
    ]);
    expect(Number(await on('grep -c generate-root /var/log/openbao/audit.log'))).toBeGreaterThan(0);
  });

  it('takes recovery keys without a login where its configuration says so, until site.yml', async () => {
    const anybody = () =>
      on(
        `curl --silent --output /dev/null --write-out '%{http_code}' --request POST ` +
          `--cacert /etc/openbao/tls/openbao-ca.pem https://127.0.0.1:8200/v1/sys/generate-root/attempt`,
      );
    expect(await anybody()).not.toBe('200');
    await on(`sed -i '0,/^listener.*/s//&\n  disable_unauthed_generate_root_endpoints = false/' \
      /etc/openbao/server/openbao.hcl && systemctl restart openbao`);
    await healthy();
    expect(await anybody()).toBe('200');
    good(await site.play('site.yml', '--tags', 'openbao'));
    await healthy();
    expect(await anybody()).not.toBe('200');
  });

  it('comes back by itself, unsealed, after kill -9 and after a reboot', async () => {
    await ask('sys/mounts/kv', `--json '{"type":"kv"}'`);
    await ask('kv/canary', `--json '{"value":"kept"}'`);
    await on('kill -9 $(systemctl show --property MainPID --value openbao)');
    await healthy();
    await (await site.host('bao')).reboot();
    await healthy();
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    expect(await on('systemctl --failed --plain --no-legend')).toBe('');
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

  it(
    'says that its certificate has expired, and is mended by a renewal', async () => {
      await on(`cd /etc/openbao/tls
      openssl req -new -key openbao.key -subj /CN=bao -out /run/expired.csr
      openssl x509 -req -in /run/expired.csr -CA ../ca/ca.pem -CAkey ../ca/ca.key -set_serial 1 -days 0 \\
        -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out openbao.pem 2> /dev/null
      systemctl reload openbao`);
      await until('a refused connection', health, (code) => code === '000');
      await on('systemctl start openbao-watch || true');
      expect(await alarm('openbao-watch.service')).toContain('has expired');
      good(await site.play('playbooks/renew-certificate.yml'));
      expect(await health()).toBe('200');
      await on('systemctl start openbao-watch');
      await forgetAlarms();
    },
  );

  it('finds a corrupt snapshot in the drill, and says so', async () => {
    await on('systemctl start openbao-snapshot openbao-drill');
    const report = async () =>
      JSON.parse(await on('cat /var/lib/openbao-snapshot/drill.json')) as Record<string, string>;
    expect((await report())['result']).toBe('good');
    const newest = await on('ls /var/lib/openbao-snapshot/*.snap | tail -1');
    await on(
      `cp -a ${newest} /run/good.snap; printf X | dd of=${newest} bs=1 seek=2000 conv=notrunc 2>&1`,
    );
    await on('systemctl start openbao-drill || true');
    expect(await report()).toMatchObject({ result: 'failed' });
    expect(await alarm('openbao-drill.service')).toContain('is corrupt');
    await on('systemctl start openbao-snapshot-check || true');
    expect(await alarm('openbao-snapshot-check.service')).toContain('the last drill failed');
    await on(`cp -a /run/good.snap ${newest}; systemctl start openbao-drill`);
    expect((await report())['result']).toBe('good');
    await forgetAlarms();
  });

  it('sends its copies by SFTP to the server whose key is pinned, and to no other', async () => {
    const change = async (hostKey: string) => {
      const destination = {
        ...{ kind: 'sftp', host: '192.0.2.20', user: 'root', directory: '/mnt/sftp', keep: 2 },
        host_key: `192.0.2.20 ${hostKey}`,
      };
      const variable = JSON.stringify({ openbao_snapshot_destination: destination });
      good(await site.play('site.yml', '--tags', 'openbao_snapshot', '--extra-vars', variable));
    };
    const pinned = (await on('cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub')).trim();
    await change(pinned);
    const key = await readFile(join(site.artifacts, 'snapshot-bao.pub'), 'utf8');
    await on('mkdir -p /mnt/sftp; cat >> /root/.ssh/authorized_keys', key);
    await on('for n in 1 2 3; do systemctl start openbao-snapshot; sleep 1; done');
    const sent = (await on('ls /mnt/sftp')).split('\n');
    expect(sent).toHaveLength(2);
    expect(await on(`head -c 21 /mnt/sftp/${sent[0] ?? ''}`)).toBe('age-encryption.org/v1');

    await forgetAlarms();
    await change((await on('cut -d" " -f1,2', key)).trim());
    await on('systemctl start openbao-snapshot || true');
    expect(await alarm('openbao-snapshot.service')).toContain('sftp failed');
    expect((await on('ls /mnt/sftp')).split('\n')).toEqual(sent);
    good(await site.play('site.yml', '--tags', 'openbao_snapshot'));
    await forgetAlarms();
  });

  it('fails loudly where a snapshot cannot be sent away', async () => {
    await on('mv /mnt/away /mnt/gone');
    await on('systemctl start openbao-snapshot || true');
    expect(await alarm('openbao-snapshot.service')).toMatch(/away|NAMESPACE|exit-code/);
    await on('mv /mnt/gone /mnt/away; systemctl start openbao-snapshot');
    await forgetAlarms();
  });

  it(
    'is brought back from the copy off the host after its disk is gone', async () => {
      await ask('auth/approle', `--request POST --json '{"type":"x"}'`).catch(() => undefined);
      await ask('sys/auth/approle', `--json '{"type":"approle"}'`);
      await ask('auth/approle/role/one', `--json '{"token_ttl":"9m","secret_id_num_uses":1}'`);
      await on('systemctl start openbao-snapshot');
      const everything = async () => ({
        secret: (await ask('kv/canary')).data,
        role: (await ask('auth/approle/role/one')).data,
        mounts: (await ask('sys/mounts')).data,
        auth: (await ask('sys/auth')).data,
        policy: (await ask('sys/policies/acl/bootstrap')).data,
      });
      const before = await everything();
      const copies = (await on('ls /mnt/away')).split('\n');
      expect(copies.length).toBeLessThanOrEqual(3);
      const snapshot = await on(`base64 -w0 /mnt/away/${copies.at(-1) ?? ''}`);
      const kept = (await readdir(site.artifacts)).find((name) => name.startsWith('offline-copy'));
      const offline = await readFile(join(site.artifacts, kept ?? ''), 'latin1');

      await site.hosts.destroy('bao');
      await site.make('bao');
      await on('mkdir -m 0777 /mnt/away');
      const encrypted = Buffer.from(snapshot, 'base64').toString('latin1');
      await writeFile(site.path('x.snap'), await site.decrypt('bao', encrypted), 'latin1');
      await writeFile(site.path('kept.json'), await site.decrypt('bao', offline), { mode: 0o600 });

      const refused = await site.play('site.yml');
      expect(refused.exitCode).not.toBe(0);
      expect(refused.all.replace(/\s+/g, ' ')).toContain('remembers a cluster of this name');

      good(
        await site.play(
          'playbooks/restore.yml',
          ...['--extra-vars', `openbao_restore=${site.path('x.snap')}`],
          ...['--extra-vars', `openbao_offline_copy=${site.path('kept.json')}`],
        ),
      );
      expect(await everything()).toEqual(before);
      unchanged(await site.play('site.yml'));
      const again = await site.play(
        'playbooks/restore.yml',
        ...['--extra-vars', `openbao_restore=${site.path('x.snap')}`],
      );
      expect(again.exitCode).not.toBe(0);
      expect(again.all.replace(/\s+/g, ' ')).toContain('There is data on bao');
    },
  );

  it('loses its seal key and gets it back', async () => {
    const kept = (await readdir(site.artifacts)).filter((name) => name.startsWith('offline-copy'));
    const offline = await readFile(join(site.artifacts, kept.sort().at(-1) ?? ''), 'latin1');
    await on('rm /etc/openbao/credentials/seal-key; systemctl restart openbao || true');
    expect(await health()).toBe('000');
    await on('openbao-kept import', await site.decrypt('bao', offline));
    await on('systemctl reset-failed openbao; systemctl restart openbao');
    await healthy();
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    await forgetAlarms();
  });

  it('gets a new seal key, and does without the old one', async () => {
    const before = await on('cat /etc/openbao/credentials/seal-key-id');
    good(await site.play('playbooks/rotate-seal-key.yml'));
    expect(await on('cat /etc/openbao/credentials/seal-key-id')).not.toBe(before);
    expect(await on('ls /etc/openbao/credentials')).not.toContain('previous');
    expect(await on('cat /etc/openbao/server/openbao.hcl')).not.toContain('previous');
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    const copies = (await readdir(site.artifacts)).filter((name) => name.startsWith('offline'));
    expect(copies.length).toBeGreaterThanOrEqual(2);
  });
});
