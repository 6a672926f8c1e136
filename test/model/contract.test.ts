import { describe, expect, it } from 'vitest';
import type { Contract } from '../../src/contract/contract.ts';
import { parseContract } from '../../src/contract/parse.ts';
import { ShapeError } from '../../src/contract/shape.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { resolveContract } from '../../src/model/contract.ts';
import { declare, input, reversed } from '../fixtures/declaration.ts';
import { infisicalInput } from '../fixtures/infisical.ts';

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const backbone = resolveBackbone(declare());
const names = backbone.consumers.map(({ name }) => name);

/** The contract of one consumer's host, or everybody's, as it is written and read again. */
const contract = (name?: string, from = backbone): Contract => {
  const only = from.consumers.find((one) => one.name === name);
  if (name !== undefined && only === undefined) throw new Error(`no consumer ${name}`);
  return resolveContract(from, pem, only);
};

describe('the contract of an operator or a launcher', () => {
  const all = contract();

  it('has every consumer, profile and secret, and belongs to none of them', () => {
    expect(Object.keys(all.consumers)).toEqual(names);
    expect(Object.keys(all.profiles)).toEqual(['audit', 'proxmox', 'unifi']);
    expect(Object.keys(all.secrets)).toEqual(['unifi/exporter', 'unifi/tofu']);
    expect(all).not.toHaveProperty('consumer');
  });

  it('says where a SecretID is made, looked up and destroyed', () => {
    expect(all.consumers['unpoller']?.role).toEqual({
      roleId: 'auth/approle/role/unpoller/role-id',
      secretId: 'auth/approle/role/unpoller/secret-id',
      lookupAccessor: 'auth/approle/role/unpoller/secret-id-accessor/lookup',
      destroyAccessor: 'auth/approle/role/unpoller/secret-id-accessor/destroy',
    });
    expect(all.identities?.responder.secretId).toBe('auth/approle/role/responder/secret-id');
  });

  it('says where a container is, and of nothing else that it is one', () => {
    expect(all.consumers['unpoller']?.container).toEqual({
      ...{ node: 'pve1', vmid: 130, address: '192.0.2.40' },
    });
    expect(all.consumers['terraform-agent']).not.toHaveProperty('container');
    // Its own host has no use for it.
    expect(contract('unpoller').consumers['unpoller']).not.toHaveProperty('container');
  });

  it('says what ends a stolen credential', () => {
    expect(all.response).toEqual({
      tokenAccessors: 'auth/token/accessors',
      lookupToken: 'auth/token/lookup-accessor',
      revokeToken: 'auth/token/revoke-accessor',
      auditHash: 'sys/audit-hash/first',
      certificates: 'pki/certs',
      revokeCertificate: 'pki/revoke',
      revocationList: 'pki/cert/crl',
      tellRevocations: 'auth/cert/crls/consumers',
    });
  });

  it('has the nodes, unless one address is declared for them', () => {
    expect(all.openbao).toEqual({ addresses: ['https://192.0.2.20:8200'], caCertificate: pem });
    const { openbao } = input;
    const nodes = [20, 21, 22].map((last) => ({
      name: `openbao-${String(last)}`,
      vmid: 100 + last,
      address: `192.0.2.${String(last)}`,
    }));
    const of = (given: typeof openbao) =>
      contract(undefined, resolveBackbone(declare({ openbao: given }))).openbao.addresses;
    expect(of({ ...openbao, nodes })).toEqual(
      [20, 21, 22].map((last) => `https://192.0.2.${String(last)}:8200`),
    );
    expect(of({ ...openbao, nodes, address: 'https://openbao.example' })).toEqual([
      'https://openbao.example',
    ]);
  });

  it('says nothing of a CA where the system of the client knows it', () => {
    expect(resolveContract(backbone, undefined).openbao).not.toHaveProperty('caCertificate');
  });

  it('does not depend on the order of the declaration', () => {
    const other = resolveBackbone(declare(reversed(input)));
    expect(JSON.stringify(contract(undefined, other))).toBe(JSON.stringify(all));
  });
});

describe.each(names)("the contract of %s's host", (name) => {
  const own = contract(name);
  const text = JSON.stringify(own);

  it('says whose it is', () => {
    expect(own.consumer).toBe(name);
    expect(Object.keys(own.consumers)).toEqual([name]);
  });

  it.each(names.filter((other) => other !== name))('does not know %s', (other) => {
    expect(text).not.toContain(other);
  });

  it('does not know the identities of the program, nor their work', () => {
    expect(text).not.toMatch(/terraform-(apply|plan)|secret-id-issuer|responder|audit-hash/);
  });

  it('has the profiles and secrets of its grants and no other', () => {
    const { profiles, secrets } = own.consumers[name]?.grants ?? { profiles: [], secrets: [] };
    expect(Object.keys(own.profiles)).toEqual(profiles);
    expect(Object.keys(own.secrets)).toEqual(secrets);
    expect([...profiles, ...secrets]).not.toEqual([]);
  });
});

describe('a consumer in its contract', () => {
  it('has a certificate where it is a container', () => {
    expect(contract('unpoller').consumers['unpoller']?.certificate).toEqual({
      role: 'unpoller',
      enrol: 'pki/sign/enrol-unpoller',
      renew: 'pki/sign/renew-unpoller',
      commonName: 'unpoller',
      ttl: 604_800,
    });
  });

  it.each(names.filter((name) => name !== 'unpoller'))(
    'has none where it lives for one start: %s',
    (name) => {
      expect(contract(name).consumers[name]).not.toHaveProperty('certificate');
    },
  );

  it('has the lives of its declaration, in seconds', () => {
    expect(contract('terraform-agent').consumers['terraform-agent']).toMatchObject({
      arrival: 'arrivals/data/terraform-agent',
      tokenTtl: 900,
      tokenMaxTtl: 3600,
      secretIdTtl: 300,
    });
  });
});

describe('what is written and read again', () => {
  it.each([undefined, ...names])('is the same contract: of %s', (name) => {
    const written = contract(name);
    expect(parseContract(JSON.parse(JSON.stringify(written)))).toEqual(written);
  });

  it('has nothing that this version does not know', () => {
    const later = { ...contract('unpoller'), next: { version: 2 } };
    expect(parseContract(later)).toEqual(contract('unpoller'));
  });
});

describe('what is no contract', () => {
  /** The contract of unpoller's host with what stands at the place put differently; undefined: missing. */
  const spoilt = (place: readonly string[], value: unknown): unknown => {
    const whole = JSON.parse(JSON.stringify(contract())) as Record<string, unknown>;
    const parent = place.slice(0, -1).reduce<Record<string, unknown>>((at, key) => {
      const next = at[key];
      if (typeof next !== 'object' || next === null) throw new Error(`nothing at ${key}`);
      return next as Record<string, unknown>;
    }, whole);
    parent[place.at(-1) ?? ''] = value;
    return JSON.parse(JSON.stringify(whole));
  };
  const canary = 'canary-of-a-value';

  it.each<readonly [string, unknown]>([
    ['version', 2],
    ['version', '1'],
    ['version', undefined],
    ['openbao', undefined],
    ['openbao.addresses', []],
    ['openbao.addresses', ['http://192.0.2.20:8200']],
    ['openbao.addresses', ['https://192.0.2.20:8200', canary]],
    ['openbao.addresses', [1]],
    ['openbao.addresses', canary],
    ['openbao.caCertificate', { canary }],
    ['logins.approle', undefined],
    ['logins.certificate', ''],
    ['logins.operator', canary],
    ['logins.operator.kind', canary],
    ['wrapTtl.min', canary],
    ['wrapTtl.max', null],
    ['consumer', 7],
    ['consumer', canary],
    ['consumer', 'constructor'],
    ['consumers', [canary]],
    ['consumers.unpoller', canary],
    ['consumers.unpoller.kind', canary],
    ['consumers.unpoller.role.secretId', 7],
    ['consumers.unpoller.container.node', '-oProxyCommand=x'],
    ['consumers.unpoller.container.vmid', '130; reboot'],
    ['consumers.unpoller.container.vmid', 130.5],
    ['consumers.unpoller.container.vmid', 7],
    ['consumers.unpoller.container.address', canary],
    ['consumers.unpoller.container.address', undefined],
    ['consumers.unpoller.arrival', undefined],
    ['consumers.unpoller.certificate', canary],
    ['consumers.unpoller.certificate.ttl', canary],
    ['consumers.unpoller.certificate.enrol', ['pki/sign/enrol-unpoller']],
    ['consumers.unpoller.tokenTtl', '900'],
    ['consumers.unpoller.grants', undefined],
    ['consumers.unpoller.grants.secrets', [[canary]]],
    ['profiles', canary],
    ['profiles.proxmox.path', undefined],
    ['profiles.proxmox.ttl', canary],
    ['secrets.unifi/tofu.variables', [canary]],
    ['secrets.unifi/tofu.variables.username', 7],
    ['identities.responder', canary],
    ['identities.responder.roleId', 7],
    ['response', canary],
    ['response.auditHash', 7],
  ])('is refused by the place, not by the value: %s as %j', (place, value) => {
    const parse = () => parseContract(spoilt(place.split('.'), value));
    expect(parse).toThrow(ShapeError);
    expect(parse).toThrow(`contract.${place}`);
    expect(parse).not.toThrow(canary);
  });

  it.each([[null], [undefined], [7], ['contract'], [[]]])('is refused as a whole: %j', (value) => {
    expect(() => parseContract(value)).toThrow(new ShapeError('contract is no object'));
  });

  it('takes nothing from a prototype', () => {
    const hostile = JSON.parse(`{"__proto__": ${JSON.stringify(contract())}}`) as unknown;
    expect(() => parseContract(hostile)).toThrow(ShapeError);
    const { consumers, ...rest } = contract();
    expect(Object.keys(consumers)).not.toEqual([]);
    expect(() => parseContract(Object.create({ ...rest, consumers }) as unknown)).toThrow(
      ShapeError,
    );
  });
});

describe('Infisical in a contract', () => {
  const from = resolveBackbone(declare({ infisical: infisicalInput }));

  it('has the login and the folders of its own consumer', () => {
    const own = from.consumers.find(({ name }) => name === 'terraform-agent');
    const written: unknown = JSON.parse(
      JSON.stringify(resolveContract(from, pem, own, { infisical: pem })),
    );
    expect(parseContract(written).consumers['terraform-agent']?.infisical).toEqual({
      siteUrl: 'https://infisical.example.net:8443',
      caCertificate: pem,
      login: {
        secret: 'infisical/terraform-agent',
        clientId: 'universal_auth_client_id',
        clientSecret: 'universal_auth_client_secret',
        projectId: 'project_id',
      },
      grants: [
        { environment: 'prod', path: '/ai' },
        { environment: 'dev', path: '/apps/web' },
      ],
    });
  });

  it('is neither in that of an operator nor in that of a consumer without an identity', () => {
    for (const one of [contract(undefined, from), contract('unpoller', from)]) {
      for (const consumer of Object.values(one.consumers)) {
        expect(consumer).not.toHaveProperty('infisical');
      }
    }
  });
});
