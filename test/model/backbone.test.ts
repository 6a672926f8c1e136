import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import {
  account,
  declare,
  input,
  profile,
  reversed,
  type DeclarationInput,
} from '../fixtures/declaration.ts';

type SecretInput = DeclarationInput['secrets'][string];

describe('the backbone', () => {
  it('does not depend on the order of the declaration', () => {
    const derived = (from: DeclarationInput) => ({
      ...resolveBackbone(declare(from)),
      declaration: undefined,
    });
    expect(derived(reversed(input))).toEqual(derived(input));
  });

  it('is the same twice', () => {
    expect(resolveBackbone(declare())).toEqual(resolveBackbone(declare()));
  });

  it('knows the ARNs of both sides of the trust before either exists', () => {
    const backbone = resolveBackbone(declare());
    expect(backbone.brokerRoleArn).toBe(`arn:aws:iam::${account}:role/openbao-broker`);
    expect(backbone.profiles.map(({ name, roleArn }) => [name, roleArn])).toEqual([
      ['audit', `arn:aws:iam::${account}:role/tf-audit`],
      ['proxmox', `arn:aws:iam::${account}:role/tf-proxmox`],
      ['unifi', `arn:aws:iam::${account}:role/tf-unifi`],
    ]);
  });
});

describe('a profile', () => {
  it('has a lock table unless the lock is a file', () => {
    const [both, dynamodb, s3] = resolveBackbone(
      declare({
        profiles: {
          a: profile({ lock: { mode: 'both', table: 'locks' } }),
          b: profile({ lock: { mode: 'dynamodb', table: 'locks' } }),
          c: profile({ lock: { mode: 's3' } }),
        },
        consumers: {},
      }),
    ).profiles;
    const tableArn = `arn:aws:dynamodb:us-east-2:${account}:table/locks`;
    expect(both?.tableArn).toBe(tableArn);
    expect(dynamodb?.tableArn).toBe(tableArn);
    expect(s3?.tableArn).toBeUndefined();
  });
});

describe('a secret', () => {
  it('says in its metadata who answers for it and when it is due, all as strings', () => {
    expect(
      resolveBackbone(declare()).secrets.map(({ path, metadata }) => [path, metadata]),
    ).toEqual([
      [
        'unifi/exporter',
        { fields: 'api_key', owner: 'network', rotate_every_seconds: '2592000', rung: '2' },
      ],
      [
        'unifi/tofu',
        {
          fields: 'username,password',
          owner: 'network',
          rotate_every_seconds: '7776000',
          rung: '2',
        },
      ],
    ]);
  });

  it('says there what it opens, where that is declared', () => {
    const description = 'local admin of the controller';
    const declared = { ...input.secrets['unifi/tofu'], description } as SecretInput;
    const { secrets } = resolveBackbone(
      declare({ secrets: { 'unifi/tofu': declared }, consumers: {} }),
    );
    expect(secrets[0]?.metadata).toMatchObject({ description, owner: 'network' });
  });
});
