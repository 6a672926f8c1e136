import { beforeAll, describe, expect, it } from 'vitest';
import { openSite, siteOrSkip, until, type Site } from './site.ts';

const ansible = await siteOrSkip('three nodes');
const minutes = 60_000;
const names = ['bao-1', 'bao-2', 'bao-3'] as const;

describe.runIf(ansible)('three OpenBao hosts', { timeout: 40 * minutes }, () => {
  let site: Site;
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
  const leader = async (asked: readonly string[]) => {
    for (const name of asked) {
      if ((await get(name, 'sys/leader')).includes('"is_self":true')) return name;
    }
    return undefined;
  };

  beforeAll(async () => {
    if (ansible === undefined) return;
    site = await openSite(
      ansible,
      names.map((name, index) => ({
        ...{ name, vmid: 120 + index, address: `192.0.2.${String(20 + index)}` },
      })),
    );
    for (const name of names) await site.make(name);
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });

  it('form one cluster, each unsealed', async () => {
    const made = await site.play('site.yml');
    expect(made.exitCode, made.all).toBe(0);
    for (const name of names) {
      expect(await get(name, 'sys/seal-status')).toContain('"sealed":false');
    }
    await until(
      'three voters',
      () => peers('bao-1'),
      (text) => (text.match(/"voter":true/g) ?? []).length === 3,
    );
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
    await site.hosts.destroy(gone);
    await site.make(gone);
    const again = await site.play('site.yml');
    expect(again.exitCode, again.all).toBe(0);
    expect(await get(gone, 'sys/seal-status')).toContain('"sealed":false');
    await until(
      'three voters again',
      () => peers(first),
      (text) => (text.match(/"voter":true/g) ?? []).length === 3,
    );
  });
});
