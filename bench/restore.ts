import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootToken } from '../test/ansible/root-token.ts';
import type { Recap } from '../lab/host/playbook.ts';
import { openSite, siteOrSkip, type Site } from '../test/ansible/site.ts';

const node = 'bao';
const address = '192.0.2.20';
const secrets = 1000;

export interface RestoreFigures {
  /** Secrets in the snapshot. */
  readonly secrets: number;
  /** Seconds from a bare container to the end of `site.yml`. */
  readonly install: number;
  /** Seconds of a second `site.yml`, which changes nothing. */
  readonly unchanged: number;
  /** Seconds from a bare container to the end of `playbooks/restore.yml`, which ends with all of `site.yml`. */
  readonly restore: number;
}

/**
 * A disaster on a real host: what the way back costs beside a first install. One run of each, on one machine,
 * one after the other.
 *
 * @returns undefined where no container can be booted, which is said
 */
export async function measureRestore(): Promise<RestoreFigures | undefined> {
  const ansible = await siteOrSkip('the restore of a host');
  if (ansible === undefined) return undefined;
  const site = await openSite(ansible, [{ name: node, vmid: 120, address }], {
    openbao_snapshot_destination: {
      ...{ kind: 'path', directory: '/mnt/away', must_be_mounted: false, keep: 3 },
    },
  });
  try {
    return await measure(site);
  } finally {
    await site.remove();
    await ansible.remove();
  }
}

async function measure(site: Site): Promise<RestoreFigures> {
  const away = () => site.on(node, 'mkdir -m 0777 /mnt/away');
  await site.make(node);
  await away();
  const install = await timed(site, 'site.yml');
  const unchanged = await timed(site, 'site.yml');
  await fill(site);
  const copy = await site.on(
    node,
    'systemctl start openbao-snapshot; base64 -w0 "$(ls -d /mnt/away/* | tail -1)"',
  );
  const encrypted = Buffer.from(copy, 'base64').toString('latin1');
  await writeFile(site.path('x.snap'), await site.decrypt(node, encrypted), 'latin1');
  const kept = (await readdir(site.artifacts)).find((name) => name.startsWith('offline-copy'));
  const offline = await readFile(join(site.artifacts, kept ?? ''), 'latin1');
  await writeFile(site.path('kept.json'), await site.decrypt(node, offline), { mode: 0o600 });

  await site.hosts.destroy(node);
  await site.make(node);
  await away();
  const restore = await timed(
    site,
    'playbooks/restore.yml',
    ...['--extra-vars', `openbao_restore=${site.path('x.snap')}`],
    ...['--extra-vars', `openbao_offline_copy=${site.path('kept.json')}`],
  );
  await refuseLoss(site);
  return { secrets, install, unchanged, restore };
}

async function timed(site: Site, ...args: readonly [string, ...string[]]): Promise<number> {
  const begun = performance.now();
  const ran: Recap = await site.play(...args);
  if (ran.exitCode !== 0) throw new Error(`${args[0]} failed:\n${ran.all}`);
  return (performance.now() - begun) / 1000;
}

/** By a token on standard input. */
const session = `set -eu
b() { curl --silent --show-error --fail-with-body --cacert /etc/openbao/tls/openbao-ca.pem "$@"; }
a=https://127.0.0.1:8200/v1
read -r token
echo "X-Vault-Token: $token" > /run/token`;

/** A key-value engine with secrets of a kilobyte. */
async function fill(site: Site): Promise<void> {
  const script = `${session}
    b --header @/run/token --json '{"type":"kv"}' $a/sys/mounts/bench
    printf '{"value":"%01024d"}' 7 > /run/secret.json
    for n in $(seq ${String(secrets)}); do echo "url = $a/bench/$n"; done > /run/all
    b --header @/run/token --json @/run/secret.json --parallel --config /run/all`;
  await site.on(node, script, await root(site));
}

/** A way back that is quick because it lost something is none. */
async function refuseLoss(site: Site): Promise<void> {
  const script = `${session}
    b --header @/run/token --request LIST $a/bench | grep -o '"[0-9][0-9]*"' | wc -l`;
  const found = Number(await site.on(node, script, await root(site)));
  if (found !== secrets) throw new Error(`${String(found)} of ${String(secrets)} came back`);
}

async function root(site: Site): Promise<string> {
  const token = await rootToken(site, node, 2);
  if (token === undefined) throw new Error('two recovery keys were not enough');
  return `${token}\n`;
}
