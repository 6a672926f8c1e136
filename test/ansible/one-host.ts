import { beforeAll } from 'vitest';
import type { Ansible } from './ansible.ts';
import { good } from './recap.ts';
import { rootToken } from './root-token.ts';
import { openSite, until, type Site } from './site.ts';

/** One OpenBao host named `bao`, and what is asked of it again and again. */
export interface OneHost {
  readonly site: Site;
  /** Standard output of a script on it. @throws Error  it fails */
  readonly on: (script: string, stdin?: string) => Promise<string>;
  /** Its OpenBao's answer to a token; `more` is options of curl. */
  readonly ask: (token: string, path: string, more?: string) => Promise<Answer>;
  /** Status of `sys/health`; 000 where nothing answers. */
  readonly health: () => Promise<string>;
  readonly healthy: () => Promise<string>;
  /** Text of the alarm of a unit, waited for. */
  readonly alarm: (unit: string) => Promise<string>;
  readonly forgetAlarms: () => Promise<string>;
}

export interface Answer {
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The container is made and bare. */
export async function openOneHost(ansible: Ansible): Promise<OneHost> {
  const site = await openSite(ansible, [{ name: 'bao', vmid: 120, address: '192.0.2.20' }], {
    openbao_snapshot_destination: {
      ...{ kind: 'path', directory: '/mnt/away', must_be_mounted: false, keep: 3 },
    },
    openbao_snapshot_keep: 2,
    // The time of a look is the test's.
    openbao_watch_interval: '1d',
  });
  const on = (script: string, stdin?: string) => site.on('bao', script, stdin);
  const ca = '--cacert /etc/openbao/tls/openbao-ca.pem';
  const url = 'https://127.0.0.1:8200/v1';
  const health = () =>
    on(
      `curl --silent --output /dev/null --write-out '%{http_code}' ${ca} ${url}/sys/health || true`,
    );
  await site.make('bao');
  await on('mkdir -p /mnt/away');
  return {
    ...{ site, on, health },
    ask: async (token, path, more = '') => {
      const curl = `curl --silent --show-error --fail-with-body ${ca} --header @- ${more} ${url}/${path}`;
      const text = await on(curl, `X-Vault-Token: ${token}`);
      return JSON.parse(text === '' ? '{}' : text) as Answer;
    },
    healthy: () => until('an unsealed server', health, (code) => code === '200'),
    alarm: async (unit) => {
      const text = await until(
        `an alarm of ${unit}`,
        () => on(`cat /var/lib/backbone-alarm/${unit}.json || true`),
        (said) => said !== '',
      );
      return (JSON.parse(text) as { text: string }).text;
    },
    forgetAlarms: () => on('rm -f /var/lib/backbone-alarm/*; systemctl reset-failed'),
  };
}

/** The one host of a `describe`: bare before its first test, gone after its last. */
export interface HostOfTests extends Omit<OneHost, 'site' | 'ask'> {
  readonly site: () => Site;
  /** As {@link OneHost.ask}, by the root token. */
  readonly ask: (path: string, more?: string) => Promise<Answer>;
  /** The root token is had from the keepers, and kept for `ask`. */
  readonly becomeRoot: () => Promise<void>;
  /** By site.yml; then with `{"value": "kept"}` at `kv/canary`. */
  readonly makeWithSecret: () => Promise<void>;
}

/** @param ansible  undefined where it cannot be run, which was said: then nothing is made */
export function hostOfTests(ansible: Ansible | undefined): HostOfTests {
  let opened: OneHost | undefined;
  let root = '';
  const host = () => {
    if (opened === undefined) throw new Error('the host is made before the first test');
    return opened;
  };
  beforeAll(async () => {
    if (ansible === undefined) return undefined;
    opened = await openOneHost(ansible);
    const { site } = opened;
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });
  const ask: HostOfTests['ask'] = (path, more) => host().ask(root, path, more);
  const becomeRoot = async () => {
    root = (await rootToken(host().site, 'bao', 2)) ?? '';
  };
  return {
    ...{ ask, becomeRoot, site: () => host().site },
    on: (script, stdin) => host().on(script, stdin),
    health: () => host().health(),
    healthy: () => host().healthy(),
    alarm: (unit) => host().alarm(unit),
    forgetAlarms: () => host().forgetAlarms(),
    makeWithSecret: async () => {
      await host().on('chmod 0777 /mnt/away');
      good(await host().site.play('site.yml'));
      await becomeRoot();
      await ask('sys/mounts/kv', `--json '{"type":"kv"}'`);
      await ask('kv/canary', `--json '{"value":"kept"}'`);
    },
  };
}
