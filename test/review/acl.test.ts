import { describe, expect, it } from 'vitest';
import { allows, capabilities, mergeAcl } from '../../src/review/acl/acl.ts';
import { compareAcl } from '../../src/review/acl/compare.ts';
import { AclUnreadable, parseAcl } from '../../src/review/acl/parse.ts';

const acl = (...policies: readonly string[]) => mergeAcl(policies.map(parseAcl));
const rule = (path: string, body: string) => `path "${path}" { ${body} }`;
const read = 'capabilities = ["read"]';

describe('an ACL', () => {
  it('takes the most specific path: exact, then the later wildcard', () => {
    const one = acl(
      rule('kv/data/*', read),
      rule('kv/data/+/tofu', 'capabilities = ["list"]'),
      rule('kv/data/unifi/tofu', 'capabilities = ["deny"]'),
    );
    expect(capabilities(one, 'kv/data/unifi/tofu')).toEqual(['deny']);
    // A `*` at the same place is a later wildcard than a `+` only where its text is longer.
    expect(capabilities(one, 'kv/data/other/tofu')).toEqual(['list']);
    expect(capabilities(one, 'kv/data/other')).toEqual(['read']);
    expect(capabilities(one, 'aws/sts/x')).toEqual(['deny']);
  });

  it('merges the rules of one path, of which deny wins', () => {
    expect(capabilities(acl(rule('a', read), rule('a', 'capabilities = ["update"]')), 'a')).toEqual(
      ['read', 'update'],
    );
    expect(capabilities(acl(rule('a', read), rule('a', 'capabilities = ["deny"]')), 'a')).toEqual([
      'deny',
    ]);
  });

  it('looks at parameters and wrapping', () => {
    const one = acl(
      rule('aws/sts/x', 'capabilities = ["update"] allowed_parameters = { "ttl" = [] }'),
      rule(
        'secret-id',
        'capabilities = ["update"] min_wrapping_ttl = "30s" max_wrapping_ttl = "5m"',
      ),
    );
    const mint = { path: 'aws/sts/x', operation: 'update' } as const;
    expect(allows(one, { ...mint, parameters: { ttl: '900s' } })).toBe(true);
    expect(allows(one, { ...mint, parameters: { role_arn: 'x' } })).toBe(false);
    const wrapped = { path: 'secret-id', operation: 'update' } as const;
    expect(
      [undefined, 29, 30, 300, 301].map((wrapTtl) => allows(one, { ...wrapped, wrapTtl })),
    ).toEqual([...[false, false, true, true, false]]);
  });

  it.each([
    'path "a" { capabilities = ["fly"] }',
    'path "a" {',
    'unknown = 1',
    'path "a" { odd = 1 }',
  ])('is not half understood: %s', (text) => {
    expect(() => parseAcl(text)).toThrow(AclUnreadable);
  });
});

describe('two ACLs', () => {
  const verdicts = (before: string, after: string) =>
    compareAcl(acl(before), acl(after))?.map(
      ({ path, operation, verdict }) => `${verdict} ${operation} ${path}`,
    );

  it.each([
    ['the same', rule('a', read), rule('a', read), []],
    ['another path', rule('a', read), rule('b', read), ['NARROWS read a', 'WIDENS read b']],
    ['a wildcard', rule('kv/data/a', read), rule('kv/data/*', read), ['WIDENS read kv/data/*']],
    [
      'a parameter more',
      rule('a', 'capabilities = ["update"] denied_parameters = { "*" = [] }'),
      rule('a', 'capabilities = ["update"]'),
      ['WIDENS update a'],
    ],
    [
      'wrapping that is not wanted any more',
      rule('a', 'capabilities = ["update"] max_wrapping_ttl = "5m"'),
      rule('a', 'capabilities = ["update"]'),
      ['WIDENS update a'],
    ],
    [
      'a deny that covers a part',
      rule('kv/*', read),
      `${rule('kv/*', read)} ${rule('kv/a', 'capabilities = ["deny"]')}`,
      ['NARROWS read kv/a'],
    ],
    [
      'a lost deny',
      `${rule('kv/*', read)} ${rule('kv/a', 'capabilities = ["deny"]')}`,
      rule('kv/*', read),
      ['WIDENS read kv/a'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(verdicts(before, after)).toEqual(expected);
  });
});
