import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/config/brands.ts';
import { hostCidr, resolveConsumers } from '../../src/model/consumer.ts';
import { declare, input } from '../fixtures/declaration.ts';

const resolved = (name: string) => {
  const found = resolveConsumers(declare()).find((consumer) => consumer.name === name);
  if (found === undefined) throw new Error(`no consumer ${name}`);
  return found;
};

describe('the sources of a consumer', () => {
  it('are the address that this program gives to a container', () => {
    expect(resolved('unpoller').from).toEqual(['192.0.2.40/32']);
  });

  it('are declared where the consumer is not a container', () => {
    expect(resolved('terraform-agent').from).toEqual(['198.51.100.0/28']);
  });

  it.each([
    ['192.0.2.40', '192.0.2.40/32'],
    ['2001:db8::40', '2001:db8::40/128'],
  ])('hold one host and no other: %s', (address, expected) => {
    expect(hostCidr(address as Address)).toBe(expected);
  });
});

describe('a grant', () => {
  it('of a secret carries the path that its reader reads, its fields and its rung', () => {
    expect(resolved('unpoller').grants).toEqual([
      {
        kind: 'secret',
        secret: 'unifi/exporter',
        path: 'kv/data/unifi/exporter',
        fields: ['api_key'],
        variables: { api_key: 'UNIFI_API_KEY' },
        rung: 2,
      },
    ]);
  });

  it('of a profile carries the path that mints, its lives in seconds, and is dynamic', () => {
    expect(resolved('plan-runner').grants).toEqual([
      {
        kind: 'profile',
        profile: 'audit',
        path: 'aws/sts/tf-audit',
        ttl: 900,
        maxTtl: 3600,
        variables: { AWS_PROFILE: 'tf-audit' },
        rung: 1,
      },
    ]);
  });

  it.each([{ secret: 'unifi/other' }, { profile: 'other' }])(
    'to something undeclared is a bug, as the loader refuses it: %j',
    (grant) => {
      const declaration = declare({
        consumers: {
          agent: {
            kind: 'agent',
            from: ['198.51.100.0/28'],
            grants: [grant],
            token: { ttl: '15m', maxTtl: '1h' },
            secretIdTtl: '5m',
          },
        },
      });
      expect(() => resolveConsumers(declaration)).toThrow(/unchecked grant .*other/);
    },
  );
});

describe('the lives of a consumer', () => {
  it('are held in seconds', () => {
    expect(resolved('terraform-agent')).toMatchObject({
      tokenTtl: 900,
      tokenMaxTtl: 3600,
      secretIdTtl: 300,
    });
  });
});

describe('consumers', () => {
  it('keep the declared number', () => {
    expect(resolveConsumers(declare())).toHaveLength(Object.keys(input.consumers).length);
  });
});
