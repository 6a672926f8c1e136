import { readdir } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rules } from '../../policies/rules/index.ts';
import type { Found } from '../../policies/rules/reading/rule.ts';
import { renderRules, rulesFile } from '../../src/guardrails/rules-md.ts';
import { brokenByExample, cases } from './cases.ts';
import { check } from './example.ts';

const places = (all: readonly Found[]) =>
  [
    ...new Set(all.map(({ address, part }) => (part === '' ? address : `${address}: ${part}`))),
  ].sort();

describe.each(rules)('$id', (rule) => {
  const broken = brokenByExample[rule.id];
  const own = cases[rule.id] ?? [];

  it('has a case that it lets pass, and one that it finds', () => {
    expect(places(check(rule, broken?.passes))).toEqual([]);
    const finding = own.filter(([, ...found]) => found.length > 0);
    expect(finding.length + (broken?.found.length ?? 0)).toBeGreaterThan(0);
    if (broken !== undefined) expect(places(check(rule))).toEqual([...broken.found].sort());
  });

  it.each(
    own.map(([change, ...found]) => ({ change, found, what: found.join('; ') || 'nothing' })),
  )('finds $what', ({ change, found }) => {
    expect(places(check(rule, change))).toEqual([...found].sort());
  });
});

describe('the rules', () => {
  it('are one a file, named after its id, and all of them are run', async () => {
    const files = await readdir(new URL('../../policies/rules/', import.meta.url));
    const named = files.filter((name) => name.endsWith('.ts') && name !== 'index.ts');
    expect(rules.map(({ id }) => `${id}.ts`).sort()).toEqual(named.sort());
    expect(rules.length).toBeGreaterThanOrEqual(30);
  });

  it('stand in RULES.md as they are (npm run rules)', async () => {
    expect(await readFile(rulesFile, 'utf8')).toBe(await renderRules());
  });
});
