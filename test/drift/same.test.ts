import { describe, expect, it } from 'vitest';
import { isNothing, same } from '../../src/drift/same.ts';

describe('what was written and what the server says', () => {
  it.each([
    ['token_ttl', '15m', 900],
    ['ttl', '604800', 604_800],
    ['token_policies', ['b', 'a'], ['a', 'b']],
    ['token_bound_cidrs', ['192.0.2.1/32'], ['192.0.2.1']],
    ['policy_document', '{"a":[1,2],"b":{}}', '{"b":{},"a":[2,1]}'],
    ['token_num_uses', 0, null],
    ['audit_non_hmac_request_keys', null, ['']],
    [
      'bound_claims',
      { email: 'a@x.example,b@x.example' },
      { email: ['b@x.example', 'a@x.example'] },
    ],
  ])('%s: %j is %j', (field, wanted, there) => {
    expect(same(field, wanted, there)).toBe(true);
  });

  it.each([
    ['token_ttl', '15m', 901],
    ['token_policies', ['a'], ['a', 'b']],
    ['token_bound_cidrs', ['192.0.2.1/32'], ['192.0.2.0/24']],
    ['token_bound_cidrs', ['192.0.2.1/32'], null],
    ['secret_id_num_uses', 1, 0],
    ['policy_document', '{"Action":"s3:GetObject"}', '{"Action":"s3:*"}'],
    ['policy_document', '{"Action":"s3:GetObject"}', ''],
    ['bind_secret_id', true, false],
    ['bound_claims', { email: 'a@x.example' }, { email: ['a@x.example', 'b@x.example'] }],
  ])('%s: %j is not %j', (field, wanted, there) => {
    expect(same(field, wanted, there)).toBe(false);
  });

  it.each([null, undefined, '', 0, false, [], [''], {}])('nothing: %j', (value) => {
    expect(isNothing(value)).toBe(true);
  });

  it.each(['0s', 1, true, ['a'], { a: 1 }])('something: %j', (value) => {
    expect(isNothing(value)).toBe(false);
  });
});
