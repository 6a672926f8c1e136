import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseYaml } from '../../src/config/yaml.ts';
import { declaredAt } from '../../src/review/render/declared.ts';
import { renderPath } from '../../src/config/refusal.ts';
import { compareReach } from '../../src/review/reach/compare.ts';
import { declarationMutations } from './mutations/declaration.ts';
import { synthesized } from './mutations/example.ts';

const text = readFileSync(new URL('../../backbone.yaml', import.meta.url), 'utf8');
const { value, source } = parseYaml('backbone.yaml', text);
const openbao = (name: string) => [`openbao: ${name}`];

it.each([
  [
    'approle unpoller',
    'read kv/data/unifi/exporter',
    'vault_approle_auth_backend_role.unpoller',
    'consumers.unpoller.grants[0]',
    '- secret: unifi/exporter',
  ],
  [
    'approle unpoller',
    'token_max_ttl',
    'vault_approle_auth_backend_role.unpoller',
    'consumers.unpoller.token.maxTtl',
    'maxTtl:',
  ],
  [
    'approle unpoller',
    'token_bound_cidrs',
    'vault_approle_auth_backend_role.unpoller',
    'consumers.unpoller.container.address',
    'address: 192.0.2.31',
  ],
  [
    'certificate unpoller',
    'token_ttl',
    'vault_cert_auth_backend_role.unpoller',
    'consumers.unpoller.token.ttl',
    'ttl:',
  ],
  [
    'approle terraform-plan',
    'token_bound_cidrs',
    'vault_approle_auth_backend_role.terraform-plan',
    'openbao.identities.plan',
    'plan:',
  ],
  [
    'approle gone-since',
    'read kv/data/unifi/tofu',
    'vault_approle_auth_backend_role.gone-since',
    'secrets["unifi/tofu"]',
    'unifi/tofu:',
  ],
  [
    'AWS session tf-dns',
    'max_sts_ttl',
    'vault_aws_secret_backend_role.tf-dns',
    'profiles.dns',
    'dns:',
  ],
  [
    'API path kv/metadata/x',
    'kv/metadata/unifi/tofu',
    'vault_generic_endpoint.metadata-unifi_tofu',
    'secrets["unifi/tofu"]',
    'unifi/tofu:',
  ],
  ['engine kv', 'type', 'vault_mount.kv', 'openbao', 'openbao:'],
  [
    'approle unpoller',
    'against the server: token_ttl',
    'vault_approle_auth_backend_role.unpoller',
    'consumers.unpoller.token.ttl',
    'ttl:',
  ],
])('%s, %s', (subject, what, address, field, line) => {
  const change = {
    verdict: 'WIDENS',
    subject,
    what,
    before: '-',
    after: 'x',
    chain: openbao(address),
  } as const;
  const path = declaredAt(value, change);
  expect(renderPath(path)).toBe(field);
  expect(text.split('\n')[source.position(path).line - 1]).toContain(line);
});

it('nothing of a hostile text leaves the declaration', () => {
  const change = { verdict: 'WIDENS', what: '', before: '', after: '', chain: [] } as const;
  for (const subject of ['x __proto__', 'x constructor', '', 'x toString']) {
    expect(declaredAt(value, { ...change, subject })).toEqual([]);
  }
});

it('a change of a grant or a consumer is told at its own line, not at the first', () => {
  const base = synthesized();
  const grants = declarationMutations.filter(([what]) => what.startsWith('a grant'));
  expect(grants.length).toBeGreaterThan(3);
  for (const [what, patch] of grants) {
    const paths = compareReach(base, synthesized(patch, base)).map((one) => declaredAt(value, one));
    expect(paths.filter((path) => path.length > 1).length, what).toBeGreaterThan(0);
  }
});
