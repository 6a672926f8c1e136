import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { programCommands } from '../../src/cli.ts';
import { clientCommands } from '../../src/client/names.ts';
import { stackNames } from '../../src/model/names.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

/** First words of each row of the table with this heading, e.g. `backbone creds aws <profile>`. */
function rows(heading: string): string {
  const table = readme.split(`\n| ${heading} `)[1]?.split('\n\n')[0];
  if (table === undefined) throw new Error(`README.md has no table "${heading}"`);
  return table
    .split('\n')
    .flatMap((row) => /^\| (.+?) \|/.exec(row)?.[1] ?? [])
    .join('\n');
}

describe('README.md', () => {
  it.each([...programCommands, ...clientCommands])('has the command %s', (command) => {
    expect(rows('command')).toMatch(new RegExp(`\\bbackbone ([a-z-]+\`, \`)*${command}\\b`));
  });

  it.each(stackNames)('has the stack %s', (stack) => {
    expect(rows('stack')).toContain(`\`${stack}\``);
  });
});
