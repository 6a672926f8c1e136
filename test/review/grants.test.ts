import { describe, expect, it } from 'vitest';
import { grantsOf, type Grant } from '../../src/review/reach/grants.ts';
import { example, replacing } from './example.ts';

const grants = grantsOf(example());
const of = (all: readonly Grant[], subject: string) => all.filter((one) => one.subject === subject);
const only = (all: readonly Grant[], subject: string, resource: string): Grant => {
  const found = of(all, subject).filter((one) => one.resource === resource);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${String(found.length)} grants of ${subject} on ${resource}`);
  return first;
};
const unknown = (all: readonly Grant[]) => all.filter((one) => one.unknown !== undefined);

/** As policies stand in the synthesized text: a text in JSON. */
const inPolicy = (text: string) => JSON.stringify(text).slice(1, -1);

describe('what the example gives', () => {
  it('has nothing that cannot be followed, and nothing twice', () => {
    expect(unknown(grants)).toEqual([]);
    const keys = grants.map((one) => JSON.stringify(one));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('an AppRole reads its secret: who, what, how long, how often, from where, through what', () => {
    expect(only(grants, 'approle unpoller', 'kv/data/unifi/exporter')).toMatchObject({
      ...{ kind: 'approle', consumer: 'unpoller', system: 'openbao', effect: 'allow' },
      ...{ actions: ['read'], conditions: ['no parameters'], rung: 2, secretClass: 'unifi' },
      ...{ ttl: 900, maxTtl: 3600, uses: 1, cidrs: ['192.0.2.31/32'] },
      chain: [
        'openbao: vault_approle_auth_backend_role.unpoller',
        'openbao: vault_policy.consumer-unpoller',
      ],
    });
  });

  it('an AppRole has no grant on the secret of another', () => {
    const paths = of(grants, 'approle unpoller').map(({ resource }) => resource);
    expect(paths).not.toContain('kv/data/unifi/tofu');
  });

  it('a certificate gives the same for as long as it is valid', () => {
    expect(only(grants, 'certificate unpoller', 'kv/data/unifi/exporter')).toMatchObject({
      ...{ kind: 'certificate', consumer: 'unpoller', uses: 0, cidrs: ['192.0.2.31/32'] },
      conditions: ['a certificate of unpoller', 'no parameters'],
    });
  });

  it('an AppRole reaches AWS through engine role, AWS role and session policy, and no further', () => {
    const state = 'arn:aws:s3:::tfstate-proxmox-111122223333/proxmox/terraform.tfstate';
    expect(only(grants, 'approle proxmox-agent', state)).toMatchObject({
      ...{ system: 'aws', actions: ['s3:getobject', 's3:putobject'] },
      ...{ ttl: 900, maxTtl: 3600, rung: 1, secretClass: 'aws-tf-state' },
      conditions: ['in a session minted at aws/sts/tf-proxmox'],
      chain: [
        'openbao: vault_approle_auth_backend_role.proxmox-agent',
        'openbao: vault_policy.consumer-proxmox-agent',
        'openbao: vault_aws_secret_backend_role.tf-proxmox',
        'aws-trust: aws_iam_role.tf-proxmox',
        'aws-trust: aws_iam_role_policy.tf-proxmox',
      ],
    });
    expect(only(grants, 'approle plan-runner', state).actions).toEqual(['s3:getobject']);
    const others = of(grants, 'approle proxmox-agent').filter(({ system }) => system === 'aws');
    expect(others.filter(({ resource }) => resource.includes('unifi'))).toEqual([]);
  });

  it('people hold a policy through a login whose users stand in no stack', () => {
    const one = only(grants, 'holder of the policy operator', 'kv/data/unifi/tofu');
    expect(one).toMatchObject({ kind: 'policy holder', consumer: undefined, cidrs: undefined });
    expect(one.chain).toEqual([
      'openbao: vault_auth_backend.operator',
      'openbao: vault_policy.operator',
    ]);
  });

  it('a workflow of GitHub reads by its own token, an identity of Infisical by its addresses', () => {
    const workflow = 'GitHub Actions repo:example-org/homelab:environment:production';
    expect(only(grants, workflow, 'infisical://homelab/prod/ci/homelab')).toMatchObject({
      ...{ kind: 'GitHub Actions', ttl: 600, uses: 20, cidrs: [], rung: 2 },
      secretClass: 'github-actions-secrets',
    });
    const identity = 'Infisical identity network-agent';
    expect(only(grants, identity, 'infisical://homelab/prod/ai')).toMatchObject({
      ...{ consumer: 'network-agent', cidrs: ['192.0.2.65/32'], uses: 100 },
      actions: ['describeSecret', 'readValue'],
    });
    expect(of(grants, identity)).toHaveLength(1);
  });

  it('a sync injects: rung 3', () => {
    const [one] = of(grants, 'Infisical sync homelab');
    expect(one).toMatchObject({ rung: 3, resource: 'github://example-org/homelab' });
  });

  it('roles of AWS are trusted by the broker alone', () => {
    const trusted = grants.filter(({ kind }) => kind === 'AWS principal');
    expect(new Set(trusted.map(({ subject }) => subject))).toEqual(
      new Set([
        'AWS principal AWS arn:aws:iam::111122223333:role/openbao-broker',
        'AWS principal Service rolesanywhere.amazonaws.com',
      ]),
    );
  });
});

describe('what is written otherwise', () => {
  const changed = (stack: string, from: string, to: string) =>
    grantsOf(example({ [stack]: replacing(from, to) }));

  it('uses without end, no addresses, no SecretID', () => {
    const number = changed('openbao', '"secret_id_num_uses": 1', '"secret_id_num_uses": 0');
    expect(number.filter(({ kind, uses }) => kind === 'approle' && uses === 0)).not.toEqual([]);
    const bound = '"token_bound_cidrs": [\n          "192.0.2.65/32"\n        ]';
    const open = changed('openbao', bound, '"token_bound_cidrs": []');
    expect(only(open, 'approle network-agent', 'kv/data/unifi/tofu').cidrs).toEqual([]);
    const bare = changed('openbao', '"bind_secret_id": true', '"bind_secret_id": false');
    expect(bare.filter((one) => one.conditions.includes('asks for no SecretID'))).not.toEqual([]);
  });

  it('a pattern reaches every session and the worst rung below it', () => {
    const wide = changed('openbao', inPolicy('path "aws/sts/tf-unifi"'), inPolicy('path "aws/*"'));
    const buckets = of(wide, 'approle network-agent').flatMap((one) =>
      one.system === 'aws' ? [one.resource] : [],
    );
    expect(buckets).toContain('arn:aws:s3:::tfstate-dns-111122223333/dns/terraform.tfstate.tflock');
    const secrets = changed(
      'openbao',
      inPolicy('path "kv/data/unifi/exporter" {\n  capabilities = ["read"]'),
      inPolicy('path "kv/data/*" {\n  capabilities = ["read"]'),
    );
    expect(only(secrets, 'approle unpoller', 'kv/data/*').rung).toBe(2);
  });

  it('a denial is a grant that takes', () => {
    const denied = changed(
      'openbao',
      inPolicy('path "kv/data/unifi/exporter" {\n  capabilities = ["read"]'),
      inPolicy('path "kv/data/unifi/exporter" {\n  capabilities = ["deny"]'),
    );
    expect(only(denied, 'approle unpoller', 'kv/data/unifi/exporter')).toMatchObject({
      effect: 'deny',
      actions: ['deny'],
    });
  });

  it.each<readonly [string, string, string, string, RegExp]>([
    [
      'a type that nobody knows',
      'openbao',
      '"vault_mount": {',
      '"vault_token": { "x": {} }, "vault_mount": {',
      /vault_token: a type that this review does not know/,
    ],
    [
      'a policy that cannot be read',
      'openbao',
      inPolicy('path "kv/data/unifi/exporter" {\n  capabilities = ["read"]'),
      inPolicy('path "kv/data/unifi/exporter" {\n  capabilities = ["everything"]'),
      /the policy "consumer-unpoller" cannot be read/,
    ],
    [
      'the default policy',
      'openbao',
      '"token_no_default_policy": true',
      '"token_no_default_policy": false',
      /the policy "default" does not stand in these stacks/,
    ],
    [
      'a session whose role stands elsewhere',
      'openbao',
      'role/tf-unifi"',
      'role/elsewhere"',
      /a role that does not stand here/,
    ],
    [
      'an endpoint written by hand',
      'openbao',
      '"path": "kv/metadata/unifi/tofu"',
      '"path": "auth/operator/users/eve"',
      /vault_generic_endpoint: a type/,
    ],
    [
      'a role in Infisical',
      'infisical',
      '"role_slug": "no-access"',
      '"role_slug": "admin"',
      /the project role "admin" is not evaluated/,
    ],
    [
      'a permission on more than one path',
      'infisical',
      inPolicy('"secretPath":{"$eq":"/ai"}'),
      inPolicy('"secretPath":{"$in":["/ai","/"]}'),
      /conditions other than one environment and one path/,
    ],
  ])('unknown: %s', (_, stack, from, to, reason) => {
    const found = unknown(changed(stack, from, to));
    expect(found.map((one) => one.unknown)).toContainEqual(expect.stringMatching(reason));
    for (const one of found) expect(one.chain).not.toEqual([]);
  });
});
