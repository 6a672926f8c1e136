import { expect, it } from 'vitest';
import { migrationMarkdown } from '../../src/migration/markdown.ts';
import type { Row } from '../../src/migration/row.ts';

const row: Row = {
  class: 'unifi',
  was: 'keychain',
  target: 'KV-v2',
  state: 'target',
  proved: false,
  checks: [{ what: 'it signs in', outcome: 'failed', found: 'a | b\n<script>' }],
  next: undefined,
  blockedBy: ['it signs in: a | b\n<script>'],
  back: 'as before',
};
const rowOf = (change: Partial<Row>) =>
  migrationMarkdown([{ ...row, ...change }], new Date(0)).split('\n')[4];

it('says loudly what is declared and was not proved', () => {
  expect(rowOf({})).toContain('| target | **NO** | there |');
  expect(rowOf({ state: 'current', next: 'go on' })).toContain('| current | no | go on |');
  expect(rowOf({ proved: true, blockedBy: [] })).toContain('| target | yes | there | - |');
});

it('keeps what a server said in its cell', () => {
  expect(rowOf({})).toContain('a \\| b &lt;script>');
});
