import { expect, it } from 'vitest';
import { explain, whoCan } from '../../src/review/reach/explain.ts';
import { grantsOf } from '../../src/review/reach/grants.ts';
import { answersAsJson, answersAsText } from '../../src/review/render/answers.ts';
import { example, replacing } from './example.ts';

const grants = grantsOf(example());

it('says for a person who may, for how long, from where and through what', () => {
  const lines = answersAsText(explain(grants, 'unpoller', 'kv/data/unifi/exporter')).split('\n');
  expect(lines).toEqual([
    'approle unpoller may read kv/data/unifi/exporter',
    '  for 900 s; 3600 s at most; 1 use; from 192.0.2.31/32; no parameters',
    '  through openbao: vault_approle_auth_backend_role.unpoller -> openbao: vault_policy.consumer-unpoller',
    'certificate unpoller may read kv/data/unifi/exporter',
    '  for 900 s; 3600 s at most; without end of uses; from 192.0.2.31/32; a certificate of unpoller; no parameters',
    '  through openbao: vault_cert_auth_backend_role.unpoller -> openbao: vault_policy.consumer-unpoller',
  ]);
});

it('says that nobody may, where nobody may', () => {
  expect(answersAsText(whoCan(grants, 'kv/data/nobody'))).toBe('nobody may');
  expect(answersAsText(explain(grants, 'unpoller', 'kv/data/unifi/tofu'))).toBe('nobody may');
});

it('says what is denied by name, and what could not be followed', () => {
  const inPolicy = (text: string) => JSON.stringify(text).slice(1, -1);
  const path = 'path "kv/data/unifi/exporter" {\n  capabilities = ["read"]';
  const denied = grantsOf(
    example({
      openbao: replacing(inPolicy(path), inPolicy(path.replace('["read"]', '["deny"]'))),
    }),
  );
  expect(answersAsText(explain(denied, 'unpoller', 'kv/data/unifi/exporter'))).toMatch(
    /^approle unpoller is denied kv\/data\/unifi\/exporter\n/,
  );
  const open = grantsOf(
    example({
      openbao: replacing('"token_no_default_policy": true', '"token_no_default_policy": false'),
    }),
  );
  expect(answersAsText(whoCan(open, 'kv/data/nobody'))).toMatch(
    /^UNKNOWN \S+ \S+: the policy "default" does not stand in these stacks$/,
  );
});

it('says the same to a machine, without what decided inside', () => {
  const state = 'arn:aws:s3:::tfstate-dns-111122223333/dns/terraform.tfstate';
  const answers = whoCan(grants, state);
  expect(answers.allowed.length).toBeGreaterThan(0);
  const json = JSON.parse(JSON.stringify(answersAsJson(answers))) as {
    allowed: Record<string, unknown>[];
  };
  expect(json).toMatchObject({ version: 1, denied: [], unknown: [] });
  expect(json.allowed).toHaveLength(answers.allowed.length);
  for (const one of json.allowed) {
    expect(one).toMatchObject({ resource: expect.stringContaining('arn:') as string });
    expect(one).not.toHaveProperty('decides');
    expect(one['chain']).not.toEqual([]);
  }
});
