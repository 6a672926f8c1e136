import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostOfTests } from './one-host.ts';
import { good, said, unchanged } from './recap.ts';
import { firstToken } from './root-token.ts';
import { siteOrSkip } from './site.ts';

const ansible = await siteOrSkip('the seal key of a real host');
const minutes = 60_000;

/** Each test goes on from the one before: one host, whose key is lost, replaced and lost for good. */
describe.runIf(ansible)('the seal key of an OpenBao host', { timeout: 40 * minutes }, () => {
  const { site, on, ask, health, healthy, forgetAlarms, makeWithSecret } = hostOfTests(ansible);

  it('is made, with a secret in it', async () => {
    await makeWithSecret();
  });

  const newest = async () => {
    const kept = (await readdir(site().artifacts)).filter((name) =>
      name.startsWith('offline-copy'),
    );
    return readFile(join(site().artifacts, kept.sort().at(-1) ?? ''), 'latin1');
  };
  const keyFile = '/etc/openbao/credentials/seal-keys/*';
  /** Id and bytes of each key of the host, by those who may see them. */
  const keys = async () => {
    const kept = JSON.parse(await on('openbao-kept export')) as Readonly<Record<string, string>>;
    return { id: kept['seal-key-id'], key: kept['seal-key'], old: kept['previous-seal-key'] };
  };
  const pid = () => on('systemctl show --property MainPID --value openbao');

  it('gets a new seal key though the rotation is cut off, and does without the old one', async () => {
    await on('systemctl start openbao-snapshot');
    const copy = await on('base64 -w0 "$(ls -d /mnt/away/* | tail -1)"');
    const encrypted = Buffer.from(copy, 'base64').toString('latin1');
    await writeFile(site().path('x.snap'), await site().decrypt('bao', encrypted), 'latin1');
    await writeFile(site().path('kept.json'), await site().decrypt('bao', await newest()), {
      mode: 0o600,
    });
    await ask('kv/later', `--json '{"value":"after the snapshot"}'`);

    const old = await keys();
    const before = await pid();
    // After configuration and unit, before the handler that restarts.
    await on(`touch /run/other; mount --bind /run/other /etc/openbao/logrotate.conf`);
    expect((await site().play('playbooks/rotate-seal-key.yml')).exitCode).not.toBe(0);
    const both = await keys();
    expect(both.old).toBe(old.key);
    expect(await on('cat /etc/openbao/server/openbao.hcl')).toContain('previous_key_id');
    expect(await pid()).toBe(before);
    await on('openbao-kept forget').then(
      () => expect.unreachable(),
      (error: unknown) => {
        expect(String(error)).toContain('did not start with');
      },
    );
    await on('umount /etc/openbao/logrotate.conf');

    good(await site().play('playbooks/rotate-seal-key.yml'));
    const now = await keys();
    expect(now).toEqual({ id: both.id, key: both.key, old: undefined });
    expect(now.key).not.toBe(old.key);
    expect(await on(`ls ${keyFile} /etc/openbao/credentials`)).not.toMatch(/previous|rotation/);
    expect(await on(`ls ${keyFile}`)).toBe(
      `/etc/openbao/credentials/seal-keys/${Buffer.from(now.id ?? '', 'base64').toString(
        'latin1',
      )}`,
    );
    expect(await on('cat /etc/openbao/server/openbao.hcl')).not.toContain('previous');
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    const copies = (await readdir(site().artifacts)).filter((name) => name.startsWith('offline'));
    expect(copies.length).toBe(2);
    unchanged(await site().play('site.yml'));
  });

  it('goes back to a snapshot of before a rotation by the offline copy of that time alone', async () => {
    const before = await keys();
    const restore = [
      'playbooks/restore.yml',
      '--extra-vars',
      `openbao_restore=${site().path('x.snap')}`,
    ] as const;
    const refused = await site().play(...restore, '--extra-vars', 'replace=true');
    expect(refused.exitCode).not.toBe(0);
    expect(said(refused)).toContain('was sealed by none of the keys at hand');
    expect(refused.changed).toBe(0);
    expect(await health()).toBe('200');
    good(
      await site().play(
        ...restore,
        ...['--extra-vars', 'replace=true'],
        ...['--extra-vars', `openbao_offline_copy=${site().path('kept.json')}`],
      ),
    );
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    await expect(ask('kv/later')).rejects.toThrow('404');
    expect(await on('ls -d /var/lib/openbao/before-*/raft')).not.toBe('');
    // Sealed by the host's own key, which the copy did not replace.
    expect(await keys()).toEqual(before);
    expect(await on(`ls ${keyFile}`)).not.toContain('\n');
    await on('systemctl restart openbao');
    await healthy();
  });

  it('loses its seal key and gets it back', async () => {
    const before = await keys();
    await on(`rm ${keyFile}; systemctl restart openbao || true`);
    expect(await health()).toBe('000');
    const refused = await site().play('site.yml');
    expect(refused.exitCode).not.toBe(0);
    expect(said(refused)).toContain('its seal key is gone');
    await on('openbao-kept import', await site().decrypt('bao', await newest()));
    await on('systemctl reset-failed openbao; systemctl restart openbao');
    await healthy();
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
    expect(await keys()).toEqual(before);
    await forgetAlarms();
  });

  it('loses its seal key and the offline copy, and has both from the server that still runs', async () => {
    const before = await keys();
    await on(`rm ${keyFile}`);
    const recipient = await on(
      'age-keygen -o /run/keeper.key 2> /dev/null; age-keygen -y /run/keeper.key',
    );
    await on(`openbao-kept export | age -r ${recipient} > /run/copy.age`);
    await on('openbao-kept export | openbao-kept import');
    expect(await keys()).toEqual(before);
    await on(`rm ${keyFile}`);
    await on(
      'age --decrypt -i /run/keeper.key /run/copy.age | openbao-kept import; systemctl restart openbao',
    );
    await healthy();
    expect(await keys()).toEqual(before);
    good(await site().play('site.yml', '--tags', 'openbao'));
  });

  it('goes by what is on its disk after a run that ended before its handlers', async () => {
    unchanged(await site().play('site.yml', '--tags', 'openbao'));
    const before = await pid();
    await on('touch /etc/openbao/server/openbao.hcl');
    const restarted = await site().play('site.yml', '--tags', 'openbao');
    good(restarted);
    expect(restarted.changed, restarted.all).toBe(1);
    const after = await pid();
    expect(after).not.toBe(before);
    unchanged(await site().play('site.yml', '--tags', 'openbao'));

    const served = () =>
      on(
        'openssl s_client -connect 127.0.0.1:8200 < /dev/null 2> /dev/null | openssl x509 -noout -serial',
      );
    const old = await served();
    await on(`cd /etc/openbao/tls
      openssl req -new -key openbao.key -subj /CN=bao -out /run/other.csr
      openssl x509 -req -in /run/other.csr -CA ../ca/ca.pem -CAkey ../ca/ca.key -set_serial 77 -days 90 \\
        -extfile <(openssl x509 -in openbao.pem -noout -ext subjectAltName | tail -1 |
          sed 's/^ */subjectAltName=/; s/IP Address/IP/g') -out /run/other.pem 2> /dev/null
      cat /run/other.pem > openbao.pem`);
    expect(await served()).toBe(old);
    const reloaded = await site().play('site.yml', '--tags', 'run');
    good(reloaded);
    expect(reloaded.changed, reloaded.all).toBe(1);
    expect(await served()).toBe('serial=4D');
    expect(await pid()).toBe(after);
  });

  it('starts at any time of a rotation', async () => {
    await on('openbao-kept rotate; systemctl restart openbao');
    await healthy();
    good(await site().play('site.yml', '--tags', 'openbao'));
    await on('systemctl restart openbao');
    await healthy();
    await on('openbao-kept forget; systemctl restart openbao');
    await healthy();
    good(await site().play('site.yml'));
    await on('openbao-kept finish; systemctl restart openbao');
    await healthy();
    expect((await ask('kv/canary')).data).toEqual({ value: 'kept' });
  });

  it('is finished by the next run where the end of its first start was cut off', async () => {
    await on(`cp -a /etc/openbao/server/openbao.hcl /etc/openbao/server/initialize.hcl
      echo '# nothing' > /etc/openbao/server/initialize.hcl
      mkdir -p /etc/systemd/system/openbao.service.d
      printf '[Service]\\n' > /etc/systemd/system/openbao.service.d/first-start.conf`);
    good(await site().play('site.yml', '--tags', 'openbao'));
    expect(await on('ls /etc/openbao/server /etc/systemd/system/openbao.service.d')).not.toMatch(
      /initialize|first-start/,
    );
    await healthy();
  });

  it('begins anew where its seal key is lost for good', async () => {
    await on(`rm ${keyFile}`);
    await on('systemctl stop openbao; openbao-kept aside');
    const refused = await site().play('site.yml');
    expect(said(refused)).toContain('remembers a cluster of this name');
    good(await site().play('site.yml', '--extra-vars', 'openbao_initialise=again'));
    expect(await health()).toBe('200');
    // Nobody of before can log in, and the first identity is another.
    await expect(ask('sys/mounts')).rejects.toThrow('403');
    expect(await firstToken(site(), 'bao')).not.toBe('');
  });
});
