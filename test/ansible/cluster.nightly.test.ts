import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { said } from './recap.ts';
import { rootToken } from './root-token.ts';
import { openSite, siteOrSkip, until, type Site } from './site.ts';

const ansible = await siteOrSkip('three nodes');
const minutes = 60_000;
const names = ['bao-1', 'bao-2', 'bao-3'] as const;

/** Holders of recovery keys who have PGP, not age: files with their public keys, and their keyring. */
async function pgpHolders(count: number) {
  const home = await mkdtemp(join(tmpdir(), 'gnupg-'));
  const gpg = (args: readonly string[], input: string | Buffer = '') =>
    execa('gpg', ['--homedir', home, '--batch', '--passphrase', '', ...args], { input });
  const files = [];
  for (let holder = 1; holder <= count; holder += 1) {
    const name = `holder-${String(holder)}@example.com`;
    await gpg(['--quick-generate-key', name, 'default', 'default', 'never']);
    const file = join(home, `${name}.asc`);
    await writeFile(file, (await gpg(['--armor', '--export', name])).stdout);
    files.push(file);
  }
  return {
    files,
    /** One recovery key, by the keyring. @throws Error  it is for none of the holders */
    decrypt: async (encrypted: string) =>
      (await gpg(['--decrypt'], Buffer.from(encrypted, 'base64'))).stdout,
    remove: async () => {
      await execa('gpgconf', ['--homedir', home, '--kill', 'all'], { reject: false });
      await rm(home, { recursive: true, force: true });
    },
  };
}

describe.runIf(ansible)('three OpenBao hosts', { timeout: 40 * minutes }, () => {
  let site: Site;
  let holders: Awaited<ReturnType<typeof pgpHolders>>;
  const get = (name: string, path: string) =>
    site.on(
      name,
      `curl --silent --max-time 20 --cacert /etc/openbao/tls/openbao-ca.pem https://127.0.0.1:8200/v1/${path} || true`,
    );
  /** Node ids and whether each votes, as the cluster tells one of its hosts. */
  const peers = (name: string) =>
    site.on(
      name,
      `b() { curl --silent --cacert /etc/openbao/tls/openbao-ca.pem "$@"; }
       a=https://127.0.0.1:8200/v1
       t=$(printf '{"password":"%s"}' "$(cat /etc/openbao/credentials/host-verify)" |
         b --data @- $a/auth/host/login/verify | sed 's/.*"client_token":"\\([^"]*\\)".*/\\1/')
       echo "X-Vault-Token: $t" | b --header @- $a/sys/storage/raft/configuration || true`,
    );
  const votersOf = (text: string) => (text.match(/"voter":true/g) ?? []).length;
  /** Its disk is gone, and an empty container has its name and address. */
  const replace = async (name: string) => {
    await site.hosts.destroy(name);
    await site.make(name);
  };
  const leader = async (asked: readonly string[]) => {
    for (const name of asked) {
      if ((await get(name, 'sys/leader')).includes('"is_self":true')) return name;
    }
    return undefined;
  };

  beforeAll(async () => {
    if (ansible === undefined) return;
    holders = await pgpHolders(3);
    site = await openSite(
      ansible,
      names.map((name, index) => ({
        ...{ name, vmid: 120 + index, address: `192.0.2.${String(20 + index)}` },
      })),
      { openbao_recovery_recipients: holders.files },
    );
    for (const name of names) await site.make(name);
    return async () => {
      await site.remove();
      await holders.remove();
      await ansible.remove();
    };
  });

  it('form one cluster, each unsealed', async () => {
    const made = await site.play('site.yml');
    expect(made.exitCode, made.all).toBe(0);
    for (const name of names) {
      expect(await get(name, 'sys/seal-status')).toContain('"sealed":false');
    }
    // The last node waited for it.
    expect(votersOf(await peers('bao-1'))).toBe(3);
  });

  it('are not touched by a second run', async () => {
    const again = await site.play('site.yml');
    expect(again.exitCode, again.all).toBe(0);
    expect(again.changed, again.all).toBe(0);
  });

  it('gave each holder of a recovery key his own, by PGP', async () => {
    const kept = JSON.parse(await readFile(join(site.artifacts, 'recovery-keys.json'), 'utf8')) as {
      encrypted: string;
    }[];
    const keys = await Promise.all(kept.map(({ encrypted }) => holders.decrypt(encrypted)));
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{60,}$/);
  });

  it('are not looked at as a whole by a run for one of them, which says so', async () => {
    const ran = await site.play('site.yml', '--limit', 'bao-2', '--tags', 'verify');
    expect(ran.exitCode, ran.all).toBe(0);
    expect(said(ran)).toContain('This run was for bao-2 alone');
  });

  it('lose their leader and go on', async () => {
    const first = (await leader(names)) ?? '';
    expect(names).toContain(first);
    await (await site.host(first)).kill();
    const left = names.filter((name) => name !== first);
    const next = await until(
      'another leader',
      () => leader(left),
      (name) => name !== undefined,
    );
    expect(next).not.toBe(first);
    expect(await peers(next ?? '')).toContain('"voter":true');
    await (await site.host(first)).start();
    await until(
      'the lost one back',
      () => get(first, 'sys/health?standbyok=true'),
      (text) => text.includes('"sealed":false'),
    );
  });

  it('take an empty node in for one that is gone', async () => {
    const first = (await leader(names)) ?? '';
    const gone = names.find((name) => name !== first && name !== 'bao-1') ?? '';
    await replace(gone);
    const again = await site.play('site.yml');
    expect(again.exitCode, again.all).toBe(0);
    expect(await get(gone, 'sys/seal-status')).toContain('"sealed":false');
    expect(votersOf(await peers(first))).toBe(3);
  });

  it('are not said to be well where one does not vote', async () => {
    const keepers = {
      ...site,
      decrypt: (host: string, text: string) =>
        text.startsWith('-----BEGIN AGE') ? site.decrypt(host, text) : holders.decrypt(text),
    };
    const leading = (await leader(names)) ?? '';
    const quiet = names.find((name) => name !== leading) ?? '';
    const root = (await rootToken(keepers, leading, 2)) ?? '';
    const say = (verb: string) =>
      site.on(
        leading,
        `curl --silent --fail-with-body --cacert /etc/openbao/tls/openbao-ca.pem --header @- \
           --data '{"server_id":"${quiet}"}' https://127.0.0.1:8200/v1/sys/storage/raft/${verb}`,
        `X-Vault-Token: ${root}`,
      );
    await say('demote');
    const ran = await site.play('site.yml', '--tags', 'verify');
    expect(ran.exitCode, ran.all).not.toBe(0);
    const voting = names.filter((name) => name !== quiet);
    expect(said(ran)).toContain(`those that vote are ${voting.join(', ')}.`);
    await say('promote');
    const mended = await site.play('site.yml', '--tags', 'verify');
    expect(mended.exitCode, mended.all).toBe(0);
  });

  it('take an empty first node in, whose CA is another', async () => {
    const onEach = (script: string) => Promise.all(names.map((name) => site.on(name, script)));
    const authorities = () =>
      onEach('openssl x509 -noout -ext authorityKeyIdentifier -in /etc/openbao/tls/openbao.pem');
    const trusted = () => onEach('grep -c BEGIN /etc/openbao/tls/openbao-ca.pem');
    const [, old] = await authorities();
    await replace('bao-1');
    // The others still have certificates of the CA that went with it.
    const alone = await site.play('site.yml', '--limit', 'bao-1');
    expect(alone.exitCode, alone.all).toBe(0);
    const [made, ...others] = await authorities();
    expect(made).not.toBe(old);
    expect(others).toEqual([old, old]);
    expect(await trusted()).toEqual(['2', '1', '1']);

    const all = await site.play('site.yml');
    expect(all.exitCode, all.all).toBe(0);
    expect(await authorities()).toEqual([made, made, made]);
    const settled = await site.play('site.yml');
    expect(settled.exitCode, settled.all).toBe(0);
    expect(await trusted()).toEqual(['1', '1', '1']);
    const again = await site.play('site.yml');
    expect(again.exitCode, again.all).toBe(0);
    expect(again.changed, again.all).toBe(0);
    expect(await readFile(join(site.artifacts, 'ca.pem'), 'utf8')).toBe(
      `${await site.on('bao-3', 'cat /etc/openbao/tls/openbao-ca.pem')}\n`,
    );
  });
});
