import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { coloured } from '../../src/output/colour.ts';

const { isTTY } = process.stderr;
let said: string;

beforeEach(() => {
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true));
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('TERM', 'xterm');
  // Either of them is enough for colour, if only stdout is asked.
  vi.stubEnv('CI', 'true');
  vi.stubEnv('FORCE_COLOR', '1');
  vi.resetModules();
});

afterEach(() => {
  process.stderr.isTTY = isTTY;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

it.each([
  [true, {}, true],
  [true, { NO_COLOR: '' }, true],
  [true, { NO_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
  [false, {}, false],
  [undefined, {}, false],
])('a stream with isTTY %s and %j is coloured: %s', (terminal, env, expected) => {
  expect(coloured(terminal === undefined ? {} : { isTTY: terminal }, env)).toBe(expected);
});

it.each([
  [true, true],
  [false, false],
])('what is said is coloured where stderr is a terminal: %s', async (terminal, expected) => {
  process.stderr.isTTY = terminal;
  const { announce } = await import('../../src/output/terminal.ts');
  const { lineProgress } = await import('../../src/output/progress.ts');
  announce('terraform', ['plan']);
  lineProgress('step');
  expect(said).toContain('$ terraform plan');
  expect(said.includes('\u001b')).toBe(expected);
});
