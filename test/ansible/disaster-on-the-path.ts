import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { proxmoxApi } from '../lab/host/proxmox-api.ts';
import { said } from './recap.ts';
import { canary, given, password } from './consumer-on-the-path.ts';
import type { PathLab } from './path-lab.ts';
import { everything } from './everything.ts';
import { rootToken } from './root-token.ts';
import { until } from './site.ts';
import { mintAtOnce } from './use-session.ts';

const cli = fileURLToPath(new URL('../../bin/backbone.mjs', import.meta.url));

/** `openbao.outbound` of the example. */
const backup = '192.0.2.60';
const api = 'https://127.0.0.1:8200/v1';
const ca = '/etc/openbao/tls/openbao-ca.pem';

/** The keys are lost, then everything: what another host has, and a person, brings it back. */
export function disasterOnThePath(get: () => PathLab): void {
  /** Variables of the site from now on. */
  const site: string[] = [];
  const on = (script: string, stdin?: string) => get().on(script, stdin);
  const health = () =>
    on(
      `curl --silent --output /dev/null --write-out '%{http_code}' --cacert ${ca} ${api}/sys/health || true`,
    );
  const healthy = () => until('an unsealed server', health, (code) => code === '200');
  /** The offline copy of the seal key, decrypted by who kept it. */
  const offlineCopy = async () => {
    const artifacts = get().path('artifacts');
    const kept = (await readdir(artifacts)).find((name) => name.startsWith('offline-copy'));
    return get().decrypt(await readFile(join(artifacts, kept ?? ''), 'latin1'));
  };

  /** As one holder of a recovery key, who is all that this site has. */
  const breakGlass = () =>
    rootToken(
      {
        artifacts: get().path('artifacts'),
        on: (_, script, stdin) => on(script, stdin),
        decrypt: (_, encrypted) => get().decrypt(encrypted),
      },
      'openbao',
      1,
    );

  /** What a person does on the server of the copies with the host's public key. */
  const letIn = async () => {
    const publicKey = await readFile(get().path('artifacts/snapshot-openbao.pub'), 'utf8');
    const add = ['sh', '-c', 'mkdir -p /srv/copies; cat >> /root/.ssh/authorized_keys'];
    await (await get().hosts.find('backup'))?.enter(add, publicKey);
  };

  it('has its snapshots sent to another host by SFTP', async () => {
    const { hosts } = get();
    const settings = { name: 'backup', address: `${backup}/24` };
    const other = await hosts.create(settings, () => undefined);
    await other.start();
    const key = other.record.hostKey.split(' ').slice(0, 2).join(' ');
    site.push(
      '--extra-vars',
      JSON.stringify({
        openbao_snapshot_destination: {
          ...{ kind: 'sftp', host: backup, user: 'root', directory: '/srv/copies', keep: 2 },
          host_key: `${backup} ${key}`,
        },
      }),
    );
    const made = await get().play('site.yml', ...site);
    expect(made.exitCode, made.all).toBe(0);
    await letIn();
    await on('systemctl start openbao-snapshot');
    const sent = await other.enter(['sh', '-c', 'head -c 21 /srv/copies/*']);
    expect(sent.stdout).toBe('age-encryption.org/v1');
  });

  it('loses its seal key and gets it back', async () => {
    await on('rm /etc/openbao/credentials/seal-keys/*; systemctl restart openbao || true');
    expect(await on('systemctl is-active openbao || true')).not.toBe('active');
    await until(
      'what the runbook looks for',
      () => on('journalctl --unit=openbao --lines=200 --no-pager --output=cat'),
      (text) => /243\/CREDENTIALS|seal-key/.test(text),
    );
    await on('openbao-kept import', await offlineCopy());
    await on('systemctl reset-failed openbao; systemctl restart openbao');
    await healthy();
    await get().backbone(['plan', 'openbao']);
  });

  it('gets new certificates without a restart, and an AWS session by the new one', async () => {
    const state = async () => ({
      pid: await on('systemctl show --property MainPID --value openbao'),
      serials: await on(
        'for it in /etc/openbao/tls/openbao.pem /etc/aws-identity/aws-identity.pem; do openssl x509 -noout -serial -in $it; done',
      ),
    });
    const before = await state();
    const renew = ['--extra-vars', 'renew_aws_identity=true'];
    const renewed = await get().play('playbooks/renew-certificate.yml', ...site, ...renew);
    expect(renewed.exitCode, renewed.all).toBe(0);
    const after = await state();
    expect(after.pid).toBe(before.pid);
    const old = before.serials.split('\n');
    expect(after.serials.split('\n').filter((serial) => !old.includes(serial))).toHaveLength(2);
    // With the session of before forgotten, there is only the new certificate.
    await on('systemctl restart aws-identity');
    const ask = () =>
      on(`setpriv --reuid openbao --clear-groups curl --silent --max-time 20 --output /dev/null \
        --write-out '%{http_code}' --header "Authorization: $(cat /etc/aws-identity/token)" \
        http://127.0.0.1:9911/credentials || true`);
    await until('a session', ask, (code) => code === '200');
  });

  it('is made again by the stack host, site.yml and the restore, after its disk is gone', async () => {
    const { hosts, lab } = get();
    // Ends with 2, as some secrets of the declaration were never written.
    const listed = async () =>
      (await get().inside([process.execPath, cli, 'secret', 'list', '--json'])).stdout;
    const before = await listed();
    const root = (await breakGlass()) ?? '';
    const all = await everything(on, root);
    const paths = Object.keys(all).join('\n');
    // What has to be in it, so that nothing is compared with nothing.
    for (const path of [
      'kv/data/unifi/exporter',
      'kv/metadata/unifi/exporter',
      'auth/approle/role/unpoller',
      'aws/roles/tf-dns',
      'sys/mounts/aws/tune',
      'sys/policies/acl/operator',
    ]) {
      expect(paths).toContain(path);
    }
    expect(JSON.stringify(all)).toContain(JSON.stringify(password));
    await on('systemctl start openbao-snapshot');
    const other = await hosts.find('backup');
    const newest = await other?.enter([
      ...['sh', '-c'],
      'base64 -w0 "$(ls -d /srv/copies/* | tail -1)"',
    ]);
    const copy = Buffer.from(newest?.stdout ?? '', 'base64').toString('latin1');
    await writeFile(get().path('x.snap'), await get().decrypt(copy), 'latin1');
    await writeFile(get().path('kept.json'), await offlineCopy(), { mode: 0o600 });

    const proxmox = await proxmoxApi(lab);
    await proxmox('POST', 'nodes/pve1/lxc/120/status/stop');
    await proxmox('DELETE', 'nodes/pve1/lxc/120');
    expect(await hosts.find('ct120')).toBeUndefined();

    await get().backbone(['deploy', 'host', '--auto-approve']);
    await (await hosts.find('ct120'))?.booted();
    // The volume is a new one, too.
    const data = '/var/lib/openbao';
    expect(await on(`ls -d ${data}*; ls -A --ignore=lost+found ${data}`)).toBe(data);
    const restored = await get().play(
      'playbooks/restore.yml',
      ...site,
      ...['--extra-vars', `openbao_restore=${get().path('x.snap')}`],
      ...['--extra-vars', `openbao_offline_copy=${get().path('kept.json')}`],
    );
    // The key for SFTP was lost with the host: its snapshots are not let in before a person says so.
    expect(restored.exitCode).not.toBe(0);
    expect(said(restored)).toContain('A new host has a new key: add');
    expect(await health()).toBe('200');
    await letIn();
    const again = await get().play('site.yml', ...site);
    expect(again.exitCode, again.all).toBe(0);

    // The token is as old as the snapshot, and is in it.
    expect(await everything(on, root)).toEqual(all);
    // Terraform compares with what is declared.
    for (const stack of ['host', 'openbao']) {
      const planned = await get().backbone(['plan', stack, '--json']);
      expect(JSON.parse(planned)).toEqual([{ stack, outcome: 'no changes' }]);
    }
    expect(await listed()).toBe(before);
    const minted = await mintAtOnce(get(), 1);
    expect(minted.codes, minted.stderr).toEqual(['200']);
    const consumer = await hosts.find('ct131');
    await consumer?.reboot();
    const got = async () => (await consumer?.enter(['cat', given]))?.stdout ?? '';
    await until('the consumer to have its secret', got, (text) => text.includes(canary));
  });
}
