import { createHash } from 'node:crypto';
import { assert, property, string } from 'fast-check';
import { expect, it, vi } from 'vitest';
import { sha256 } from '../../src/client/sha256.ts';

// A loaded machine is slow, and that is no finding.
vi.setConfig({ testTimeout: 120_000 });

const node = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

it("gives Node's own digest of any text", () => {
  assert(
    property(string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(node(text));
    }),
    { numRuns: 500 },
  );
});

it('does so around the ends of its blocks', () => {
  for (let length = 0; length < 200; length += 1) {
    const text = 'a'.repeat(length);
    expect(sha256(text), String(length)).toBe(node(text));
  }
});
