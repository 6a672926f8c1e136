import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import { expect, it } from 'vitest';
import type { Change } from '../../src/review/reach/change.ts';
import { asMarkdown } from '../../src/review/render/markdown.ts';
import { redacted } from '../../src/review/render/redact.ts';
import { asSarif } from '../../src/review/render/sarif.ts';
import { asText } from '../../src/review/render/text.ts';

const change = (given: Partial<Change>): Change => ({
  ...{ verdict: 'WIDENS', subject: 'approle unpoller', what: 'token_ttl', before: '60' },
  ...{ after: '900', chain: ['openbao: vault_approle_auth_backend_role.unpoller'] },
  ...given,
});

it('the comment says the verdict first, and is the same in any order', () => {
  const changes = [change({ verdict: 'NARROWS' }), change({}), change({ verdict: 'UNKNOWN' })];
  const text = asMarkdown(changes);
  expect(text.split('\n')[2]).toBe(
    '**Look at this before you merge: 1 widen, 1 cannot be evaluated, 1 narrow.**',
  );
  expect(asMarkdown([...changes].reverse())).toBe(text);
  expect(asMarkdown([])).toContain('**Nothing changes in who may reach what.**');
  expect(asMarkdown([change({ verdict: 'NARROWS' })])).toContain('**No reach widens: 1 narrow.**');
});

it.each(['</details><script>', '| a | b |', '@everyone', '[x](https://e.example)', '`a`', '**b**'])(
  'hostile text stays text in the comment: %s',
  (hostile) => {
    const lines = asMarkdown([change({ what: `${hostile}\n# x\u202e`, subject: hostile })]).split(
      '\n',
    );
    const [row = ''] = lines.filter((line) => line.includes('900'));
    expect(row).not.toMatch(/[<>@[\]`*#\u202e](?!\d+;)|https?:/);
    expect(row.split(' | ')).toHaveLength(5);
  },
);

it('the comment is cut below the limit of GitHub, and says so truly', () => {
  const many = Array.from({ length: 2000 }, (_, index) =>
    change({ subject: `approle ${String(index)}`, after: 'x'.repeat(500) }),
  );
  const text = asMarkdown(many);
  expect(text.length).toBeLessThan(65_536);
  const [, left] = /\*\*(\d+) more are not shown here\*\*/.exec(text) ?? [];
  expect(text.split('\n').filter((line) => line.startsWith('| approle')).length).toBe(
    2000 - Number(left),
  );
});

it.each([
  ['{"access_key":"CANARY-1"}', 'provider'],
  ['CANARY-2', 'client_secret'],
  ['path = AKIAIOSFODNN7CANARY', 'what'],
  ['hvs.CANARYCANARYCANARYCANARY', 'x'],
  ['password = "CANARY"', 'x'],
])('what looks like a secret is hidden in every view: %s', (value, what) => {
  const changes = [change({ after: value, what })];
  for (const view of [
    asMarkdown(changes),
    asText(changes),
    JSON.stringify(asSarif(changes, 'backbone.yaml', '0.1.0')),
  ]) {
    expect(view).toContain('hidden');
    expect(view).not.toContain('CANARY');
  }
});

it('what is no secret is shown', () => {
  for (const text of ['kv/data/unifi/tofu', '900', 'token_ttl', 'allowed, only csr']) {
    expect(redacted(text, 'token_ttl')).toBe(text);
  }
});

const require = createRequire(import.meta.url);
const schema = (name: string) => JSON.parse(readFileSync(require.resolve(name), 'utf8')) as object;
const validSarif = new Ajv({ schemaId: 'auto', allErrors: true })
  .addMetaSchema(schema('ajv/lib/refs/json-schema-draft-04.json'))
  .compile(schema('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'));

it('SARIF is what its schema of OASIS asks for, and places each change in the declaration', () => {
  const changes = (['WIDENS', 'UNKNOWN', 'NARROWS'] as const).map((verdict) => change({ verdict }));
  const written = asSarif(changes, 'a b/backbone.yaml', '0.1.0', () => 7);
  expect(validSarif(written), JSON.stringify(validSarif.errors)).toBe(true);
  expect(validSarif(asSarif([], 'backbone.yaml', '0.1.0'))).toBe(true);
  // The schema can refuse.
  expect(validSarif({ ...written, version: '2.0.0' })).toBe(false);
  const { runs } = written as {
    runs: { results: { ruleId: string; level: string; locations: object[] }[] }[];
  };
  const location = {
    artifactLocation: { uri: 'a%20b/backbone.yaml' },
    region: { startLine: 7 },
  };
  expect(runs[0]?.results[0]).toMatchObject({
    ruleId: 'reach-widens',
    level: 'error',
    locations: [{ physicalLocation: location }],
  });
});

it('no text of a resource moves the cursor of a terminal', () => {
  expect(asText([change({ subject: 'a\u001b[2Jb\rc' })])).not.toMatch(/[\u001b\r]/);
});
