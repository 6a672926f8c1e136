import { describe, expect, it } from 'vitest';
import { consumerAcl } from '../../../policies/openbao/consumer.ts';
import { operatorAcl } from '../../../policies/openbao/operator.ts';
import { resolveBackbone } from '../../../src/model/backbone.ts';
import { resolveContract } from '../../../src/model/contract.ts';
import { parseContract } from '../../../src/contract/parse.ts';
import { declare, input } from '../../fixtures/declaration.ts';

const owned = { rung: 2, owner: 'network', rotateEvery: '90d' } as const;
const controller = 'https://192.0.2.5/';
const backbone = resolveBackbone(
  declare({
    secrets: {
      ...input.secrets,
      'unifi/login': {
        ...owned,
        fields: ['username', 'password'],
        unifi: { controller, kind: 'os', account: 'password', admin: 'tofu' },
      },
      'unifi/key': {
        ...owned,
        fields: ['api_key'],
        unifi: { controller, kind: 'os', account: 'api-key', admin: 'tofu', login: 'unifi/login' },
      },
    },
    consumers: {
      ...input.consumers,
      rotator: {
        kind: 'agent',
        from: ['192.0.2.90/32'],
        grants: [{ rotate: 'unifi/key' }],
        token: { ttl: '15m', maxTtl: '1h' },
        secretIdTtl: '10m',
      },
    },
  }),
);
const found = backbone.consumers.find(({ name }) => name === 'rotator');
if (found === undefined) throw new Error('no rotator');
const rotator = found;

describe('whoever rotates one secret', () => {
  const rules = consumerAcl(rotator);

  it('writes that one and its next value, reads what signs in, and reaches nothing else in KV', () => {
    expect(
      rules.flatMap(({ path, capabilities }) =>
        path.startsWith('kv/') ? [[path, capabilities.join(' ')]] : [],
      ),
    ).toEqual([
      ['kv/data/unifi/key', 'create read update'],
      ['kv/metadata/unifi/key', 'read'],
      ['kv/data/unifi/key/pending', 'create read update'],
      ['kv/metadata/unifi/key/pending', 'delete read'],
      ['kv/data/unifi/login', 'read'],
    ]);
    expect(
      rules.filter(({ path }) => !/^(kv\/|auth\/token\/|arrivals\/data\/rotator$)/.test(path)),
    ).toEqual([]);
  });
});

describe('an operator', () => {
  it('may rotate what can be rotated, and keeps no next value of the others', () => {
    const rules = operatorAcl({ ...backbone, wrapTtl: backbone.declaration.openbao.wrapTtl });
    expect(rules.map(({ path }) => path).filter((path) => path.endsWith('/pending'))).toEqual([
      'kv/data/unifi/key/pending',
      'kv/metadata/unifi/key/pending',
      'kv/data/unifi/login/pending',
      'kv/metadata/unifi/login/pending',
    ]);
  });
});

describe('the contract', () => {
  it('of whoever rotates has the account and every path, and lists nothing to be read', () => {
    const contract = resolveContract(backbone, undefined, rotator);
    expect(contract.rotations).toEqual({
      'unifi/key': {
        data: 'kv/data/unifi/key',
        metadata: 'kv/metadata/unifi/key',
        pending: 'kv/data/unifi/key/pending',
        pendingMetadata: 'kv/metadata/unifi/key/pending',
        login: 'kv/data/unifi/login',
        controller: 'https://192.0.2.5',
        ...{ kind: 'os', site: 'default', account: 'api-key', admin: 'tofu' },
      },
    });
    expect(contract.secrets).toEqual({});
    expect(parseContract(JSON.parse(JSON.stringify(contract))).rotations).toEqual(
      contract.rotations,
    );
  });

  it('of another consumer has no rotations', () => {
    const other = backbone.consumers.find(({ name }) => name === 'unpoller');
    expect(resolveContract(backbone, undefined, other).rotations).toBeUndefined();
  });
});
