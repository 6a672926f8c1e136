import type { Declaration } from '../../../src/config/declaration.ts';
import { declare, input, type DeclarationInput } from '../../fixtures/declaration.ts';

/** Who speaks from where in these tests: every caller has a loopback address of its own. */
export const addresses = {
  apply: '127.0.2.30',
  plan: '127.0.2.31',
  issuer: '127.0.2.32',
  responder: '127.0.2.33',
  unpoller: '127.0.2.40',
  grafana: '127.0.2.41',
  'terraform-agent': '127.0.2.50',
  'plan-runner': '127.0.2.60',
  alice: '127.0.2.7',
  'egress-proxy': '127.0.2.45',
  /** Bound to nothing: somebody who should not be there. */
  thief: '127.0.2.66',
} as const;

/** Lives that tests make short, in the spelling of a declaration. */
export interface Lives {
  /** @default 1s to 10m */
  readonly wrapTtl?: { readonly min: string; readonly max: string };
  /** @default 15m, with renewals 1h */
  readonly token?: { readonly ttl: string; readonly maxTtl: string };
  /** @default 10m */
  readonly secretIdTtl?: string;
  /** Of the containers' certificates. @default 30d */
  readonly certificateTtl?: string;
  /** @default - none */
  readonly engines?: DeclarationInput['engines'];
  /** With its container `egress-proxy`, which reads `unifi/injected`. @default - none */
  readonly proxy?: DeclarationInput['proxy'];
  /** Beside the usual ones, by consumer. @default - none */
  readonly grants?: Readonly<Record<string, DeclarationInput['consumers'][string]['grants']>>;
}

const only = (address: string) => `${address}/32`;

/**
 * A small backbone on the loopback: the containers `unpoller` and `grafana`, the agent `terraform-agent`, the
 * pipeline `plan-runner`, the operator `alice`, who may become issuer and responder on her own machine.
 */
export function declareLoopback(openbaoAddress: string, lives: Lives = {}): Declaration {
  const token = lives.token ?? { ttl: '15m', maxTtl: '1h' };
  const secretIdTtl = lives.secretIdTtl ?? '10m';
  const shared = { token, secretIdTtl };
  const container = (vmid: number, address: string, secret: string) => ({
    kind: 'lxc' as const,
    container: { vmid, address },
    grants: [{ secret }],
    ...shared,
    ...(lives.certificateTtl === undefined ? {} : { certificateTtl: lives.certificateTtl }),
  });
  const consumers: DeclarationInput['consumers'] = {
    unpoller: container(130, addresses.unpoller, 'unifi/exporter'),
    grafana: container(131, addresses.grafana, 'grafana/admin'),
    'terraform-agent': {
      kind: 'agent',
      from: [only(addresses['terraform-agent'])],
      grants: [{ profile: 'proxmox' }, { secret: 'unifi/tofu' }],
      ...shared,
    },
    'plan-runner': {
      kind: 'ci',
      from: [only(addresses['plan-runner'])],
      grants: [{ profile: 'audit' }],
      ...shared,
    },
    alice: {
      kind: 'operator',
      from: [only(addresses.alice)],
      grants: [{ profile: 'unifi' }],
      ...shared,
    },
  };
  if (lives.proxy !== undefined) {
    consumers['egress-proxy'] = container(145, addresses['egress-proxy'], 'unifi/injected');
  }
  for (const [name, consumer] of Object.entries(consumers)) {
    consumer.grants.push(...(lives.grants?.[name] ?? []));
  }
  const operator = only(addresses.alice);
  return declare({
    ...(lives.engines === undefined ? {} : { engines: lives.engines }),
    openbao: {
      ...input.openbao,
      address: openbaoAddress,
      identities: {
        apply: { from: [only(addresses.apply), operator] },
        plan: { from: [only(addresses.plan), operator] },
        issuer: { from: [only(addresses.issuer), operator] },
        responder: { from: [only(addresses.responder), operator] },
      },
      wrapTtl: lives.wrapTtl ?? { min: '1s', max: '10m' },
    },
    ...(lives.proxy === undefined ? {} : { proxy: lives.proxy }),
    secrets: {
      ...input.secrets,
      ...(lives.proxy === undefined
        ? {}
        : {
            'unifi/injected': {
              fields: ['api_key'],
              rung: 3 as const,
              owner: 'network',
              rotateEvery: '30d',
            },
          }),
      'grafana/admin': {
        fields: ['password'],
        rung: 2,
        owner: 'monitoring',
        rotateEvery: '90d',
      },
    },
    consumers,
  });
}
