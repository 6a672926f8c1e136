import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const file = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

const page = await file('docs/runbook.md');
const procedures = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ name: section.split('\n', 1)[0] ?? '', section }));

/** Name and file of each test that a section names. */
const named = (section: string) =>
  [...section.matchAll(/^- "([^"]+)"\s+\(`([^`]+)`\)$/gm)].map(([, test = '', path = '']) => ({
    test,
    path,
  }));

describe('docs/runbook.md', () => {
  it.each(procedures)('names tests that there are: $name', async ({ section }) => {
    const tests = named(section);
    expect(tests.length).toBeGreaterThan(0);
    for (const { test, path } of tests) {
      expect(await file(path), path).toMatch(
        new RegExp(`\\bit\\(\\s*'${test.replaceAll(/[.()]/g, String.raw`\$&`)}'`),
      );
    }
  });

  it('has the procedures that a person looks for', () => {
    expect(procedures.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['Cold start', 'Break-glass', 'Seal-key loss', 'Node replacement', 'Restore', 'Upgrade'],
      ]),
    );
  });
});
