import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostOfTests } from './one-host.ts';
import { good, said } from './recap.ts';
import { siteOrSkip } from './site.ts';

const ansible = await siteOrSkip('snapshots on a real host');
const minutes = 60_000;

/** Each test goes on from the one before: one host, from bare to destroyed and back. */
describe.runIf(ansible)('the snapshots of an OpenBao host', { timeout: 40 * minutes }, () => {
  const { site, on, ask, healthy, alarm, forgetAlarms, makeWithSecret } = hostOfTests(ansible);

  it('is made, with a secret in it', async () => {
    await makeWithSecret();
  });

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

  it('says that the newest snapshot is too old, or that there is none', async () => {
    const last = '/var/lib/openbao-snapshot/last.json';
    const unit = 'openbao-snapshot-check';
    const check = async () => {
      await forgetAlarms();
      await on(`systemctl start ${unit} || true`);
      return alarm(`${unit}.service`);
    };
    // A leader that is not new: it had the time to take one.
    await on(`echo '{"since": 0}' > /var/lib/openbao-snapshot/leads.json`);
    await on(`cp -a ${last} /run/last.json; sed -i 's/"time": [0-9]*/"time": 0/' ${last}`);
    expect(await check()).toMatch(/the last snapshot is \d+ hours old/);
    // A host that is not new any more.
    await on(`rm ${last}; touch -d '40 days ago' /etc/openbao/snapshot.json`);
    expect(await check()).toContain('there is no snapshot');
    await on(`cp -a /run/last.json ${last}; touch /etc/openbao/snapshot.json`);
    await on(`systemctl start ${unit}`);
    await forgetAlarms();
  });

  it('sends its copies by SFTP to the server whose key is pinned, and to no other', async () => {
    const change = async (hostKey: string) => {
      const destination = {
        ...{ kind: 'sftp', host: '192.0.2.20', user: 'root', directory: '/mnt/sftp', keep: 2 },
        host_key: `192.0.2.20 ${hostKey}`,
      };
      const variable = JSON.stringify({ openbao_snapshot_destination: destination });
      good(await site().play('site.yml', '--tags', 'openbao_snapshot', '--extra-vars', variable));
    };
    const pinned = (await on('cut -d" " -f1,2 /etc/ssh/ssh_host_ed25519_key.pub')).trim();
    await change(pinned);
    const key = await readFile(join(site().artifacts, 'snapshot-bao.pub'), 'utf8');
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
    good(await site().play('site.yml', '--tags', 'openbao_snapshot'));
    await forgetAlarms();
  });

  it('fails loudly where a snapshot cannot be sent away', async () => {
    await on('mv /mnt/away /mnt/gone');
    await on('systemctl start openbao-snapshot || true');
    expect(await alarm('openbao-snapshot.service')).toMatch(/away|NAMESPACE|exit-code/);
    await on('mv /mnt/gone /mnt/away; systemctl start openbao-snapshot');
    await forgetAlarms();
  });

  it('is brought back from the copy off the host after its disk is gone', async () => {
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
    const kept = (await readdir(site().artifacts)).find((name) => name.startsWith('offline-copy'));
    const offline = await readFile(join(site().artifacts, kept ?? ''), 'latin1');

    await site().hosts.destroy('bao');
    await site().make('bao');
    await on('mkdir -m 0777 /mnt/away');
    const encrypted = Buffer.from(snapshot, 'base64').toString('latin1');
    await writeFile(site().path('x.snap'), await site().decrypt('bao', encrypted), 'latin1');
    await writeFile(site().path('kept.json'), await site().decrypt('bao', offline), {
      mode: 0o600,
    });

    const refused = await site().play('site.yml');
    expect(refused.exitCode).not.toBe(0);
    expect(said(refused)).toContain('remembers a cluster of this name');

    good(
      await site().play(
        'playbooks/restore.yml',
        ...['--extra-vars', `openbao_restore=${site().path('x.snap')}`],
        ...['--extra-vars', `openbao_offline_copy=${site().path('kept.json')}`],
      ),
    );
    expect(await everything()).toEqual(before);
    const unchanged = await site().play('site.yml');
    good(unchanged);
    expect(unchanged.changed, unchanged.all).toBe(0);
    const twice = await site().play(
      'playbooks/restore.yml',
      ...['--extra-vars', `openbao_restore=${site().path('x.snap')}`],
    );
    expect(twice.exitCode).not.toBe(0);
    expect(said(twice)).toContain('There is data on bao');
  });

  it('goes back to a snapshot while it runs, and its data is kept aside', async () => {
    // As where the data has a volume of its own: it is a mount point, which cannot be moved.
    await on(`systemctl stop openbao; cp -a /var/lib/openbao /run/data
      mount -t tmpfs -o size=512m,uid=$(id -u openbao),gid=$(id -g openbao),mode=0700 tmpfs /var/lib/openbao
      cp -a /run/data/. /var/lib/openbao; rm -r /run/data; systemctl start openbao`);
    await healthy();
    await ask('kv/later', `--json '{"value":"after the snapshot"}'`);
    good(
      await site().play(
        'playbooks/restore.yml',
        ...['--extra-vars', `openbao_restore=${site().path('x.snap')}`],
        ...['--extra-vars', 'replace=true'],
      ),
    );
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    await expect(ask('kv/later')).rejects.toThrow('404');
    expect(await on('stat --format="%U %a" /var/lib/openbao/before-*/raft')).toBe('openbao 700');
    expect(await on('systemctl is-active openbao-snapshot.timer openbao-drill.timer')).toBe(
      'active\nactive',
    );
    const unchanged = await site().play('site.yml');
    good(unchanged);
    expect(unchanged.changed, unchanged.all).toBe(0);
  });
});
