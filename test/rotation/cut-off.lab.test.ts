import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handMadeKey } from './hand-made.ts';
import { modes, type Mode } from './interceptor.ts';
import { passwords, place, textBelow, type Place } from './place.ts';

/**
 * Every request that a rotation makes, to OpenBao and to the controller, is a step. At each of them the
 * client is killed before the server works and after it, the answer is lost, or the server refuses; then the
 * same command is run once more, undisturbed.
 */
let at: Place;

beforeAll(async () => {
  at = await place();
  const note = 'kept as it is';
  await at.write('unifi/rotation', { username: 'rotation', password: passwords.rotation, note });
  await at.write('unifi/tofu', { username: 'tofu', password: passwords.tofu, note });
  await at.write('unifi/exporter', { username: 'exporter', password: passwords.exporter, note });
  await at.write('classic/rotation', { username: 'rotation', password: passwords.rotation, note });
  await at.write('classic/exporter', { username: 'exporter', password: passwords.exporter, note });
  const { key } = await handMadeKey(at, 'made by a person');
  await at.write('unifi/tofu-key', { api_key: key, note });
});

afterAll(() => at.stop());

/** More steps than this and the loop has lost its end. */
const mostSteps = 80;

async function disturbed(secret: string, mode: Mode, step: number) {
  const started = at.start([secret]);
  at.interceptor.prepare({ mode, step, kill: started.kill });
  const ran = await started.ended;
  const { struck } = at.interceptor;
  at.interceptor.prepare(undefined);
  return { ran, struck };
}

describe.each<[string, string, readonly Mode[]]>([
  ['an API key', 'unifi/tofu-key', modes],
  ['the password of a read-only admin', 'unifi/exporter', modes],
  ['the password that signs in for the change itself', 'unifi/rotation', modes],
  ['a password at a classic controller', 'classic/exporter', ['kill after', 'lose the answer']],
])('%s', (_, secret, all) => {
  const isKey = secret.endsWith('-key');

  it.each(all)(
    'is one good credential after the next run: %s, at each step',
    async (mode) => {
      const first = await at.rotate([secret]);
      expect(first, first.stderr).toMatchObject({ exitCode: 0 });
      let steps = 0;
      for (let step = 1; step < mostSteps; step += 1) {
        const before = await at.read(secret);
        const { ran, struck } = await disturbed(secret, mode, step);
        if (struck === undefined) {
          // Past its end: it was not disturbed at all.
          expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
          break;
        }
        steps = step;
        const where = `${mode} at step ${String(step)}, ${struck}`;
        // Its consumers' view, before anything is put right. A key overlaps, so it is never broken; a
        // password is broken only where the command says so.
        if (isKey || ran.exitCode === 0 || ran.exitCode === 1) {
          expect(await at.isGood(secret), `${where}: ${ran.stderr}`).toBe(true);
        }
        const next = await at.rotate();
        expect(next, `${where}: ${ran.stderr} then ${next.stderr}`).toMatchObject({ exitCode: 0 });
        expect(await at.isGood(secret), where).toBe(true);
        expect(await at.leftovers(secret), where).toEqual([]);
        const now = await at.read(secret);
        if (isKey) expect(at.keysOf(secret), where).toHaveLength(1);
        else if (before !== undefined && now?.version !== before.version) {
          expect(await at.goodFields(secret, before.fields), `${where}: the old one`).toBe(false);
        }
        expect(now?.fields['note'], where).toBe('kept as it is');
        const said = [ran.stdout, ran.stderr, next.stdout, next.stderr, await textBelow(at.state)];
        for (const fields of [before?.fields, now?.fields]) {
          const value = fields?.['password'] ?? fields?.['api_key'] ?? 'none';
          expect(said.join('\n').includes(value), where).toBe(false);
        }
      }
      // A loop that struck nothing would prove nothing.
      expect(steps).toBeGreaterThan(10);
      expect(steps).toBeLessThan(mostSteps - 1);
    },
    900_000,
  );
});
