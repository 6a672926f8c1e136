import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { account, byAccessor, isOpen } from '../../../src/client/issuer/account.ts';
import type { Entry, Fate, Intended, Minted } from '../../../src/client/issuer/entry.ts';
import { openLedger, type Ledger } from '../../../src/client/issuer/ledger.ts';

let directory: string;
let ledger: Ledger;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ledger-'));
  ledger = openLedger({ XDG_STATE_HOME: directory });
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const at = '2026-01-31T12:00:00.000Z';
const accessor = '84896a0c-1347-aa90-a4f6-aca8b7558780';
const intended = (id = 'one'): Intended => ({
  event: 'intended',
  id,
  consumer: 'unpoller',
  at,
  expires: at,
});
const minted = (id = 'one'): Minted => ({
  event: 'minted',
  id,
  accessor,
  consumer: 'unpoller',
  at,
  expires: at,
  arriveBy: at,
  secretIdExpires: at,
});
const fated = (event: Fate): Entry => ({ event, accessor, at, why: 'because' });

describe('the ledger', () => {
  it('keeps every entry in order, for its owner alone', () => {
    const entries = [intended(), minted(), fated('arrived')];
    for (const entry of entries) ledger.add(entry);
    expect(ledger.read()).toEqual(entries);
    expect(statSync(ledger.file).mode & 0o777).toBe(0o600);
    expect(statSync(join(ledger.file, '..')).mode & 0o777).toBe(0o700);
  });

  it('is empty where it is not there, and makes nothing by being read', () => {
    expect(ledger.read()).toEqual([]);
    expect(() => statSync(ledger.file)).toThrow();
  });

  it.each([
    ['in the middle', 20],
    ['before its line end', 1],
    ['in a character of two bytes', 4],
  ])('loses nothing but a last line that was cut short %s', (_, missing) => {
    ledger.add(intended());
    ledger.add({ ...minted(), consumer: 'unpöller' });
    const whole = readFileSync(ledger.file);
    writeFileSync(ledger.file, whole.subarray(0, whole.length - missing));
    ledger.add(fated('destroyed'));
    expect(ledger.read().at(0)).toEqual(intended());
    expect(ledger.read().at(-1)).toEqual(fated('destroyed'));
  });

  it.each(['null', '[]', '{}', '"x"', '{"event":"minted"}', '\u0000', '{"event":"__proto__"}'])(
    'leaves out what is no entry: %j',
    (line) => {
      ledger.add(intended());
      appendFileSync(ledger.file, `${line}\n`);
      ledger.add(minted());
      expect(ledger.read()).toEqual([intended(), minted()]);
    },
  );

  it.each([0o620, 0o602, 0o666])('refuses one that others could write: %o', (mode) => {
    ledger.add(intended());
    chmodSync(ledger.file, mode);
    expect(() => ledger.read()).toThrow('can be written by others');
    expect(() => {
      ledger.add(minted());
    }).toThrow('can be written by others');
  });
});

describe('the account', () => {
  it('has a mint whose answer was lost, and not one that was refused', () => {
    const entries: readonly Entry[] = [
      intended('lost'),
      intended('refused'),
      { event: 'refused', id: 'refused', at },
    ];
    expect(account(entries)).toMatchObject([{ id: 'lost', consumer: 'unpoller' }]);
    expect(account(entries)[0]).not.toHaveProperty('minted');
  });

  it.each<readonly [readonly Fate[], Fate, boolean]>([
    [['arrived'], 'arrived', false],
    [['intercepted', 'arrived'], 'intercepted', true],
    [['intercepted', 'destroyed'], 'intercepted', true],
    [['intercepted', 'answered', 'intercepted'], 'answered', false],
    [['destroyed', 'arrived'], 'destroyed', false],
  ])('makes of %j: %s', (fates, event, open) => {
    const found = byAccessor([intended(), minted(), ...fates.map(fated)], accessor);
    expect(found?.fate?.event).toBe(event);
    expect(found !== undefined && isOpen(found)).toBe(open);
  });

  it('does not mix up two of one consumer, nor invent one', () => {
    const other = { ...minted('two'), accessor: 'other' };
    const entries: readonly Entry[] = [
      intended(),
      intended('two'),
      minted(),
      other,
      fated('arrived'),
    ];
    expect(account(entries).map(({ fate }) => fate?.event)).toEqual(['arrived', undefined]);
    expect(account([fated('arrived')])).toEqual([]);
  });
});
