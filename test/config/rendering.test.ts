import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeclarationError, renderPath, type Refusal } from '../../src/config/refusal.ts';
import { nearest } from '../../src/config/nearest.ts';
import { all, example, inside, lineOf, load, place } from './example.ts';

const refusal = (line: number, field: string): Refusal => ({
  file: 'backbone.yaml',
  line,
  column: 7,
  field,
  received: '"0.0.0.0/0"',
  problem: 'too wide',
  fix: 'narrow it',
});

describe('refusals', () => {
  let directory = '';
  let remove = () => Promise.resolve();
  beforeAll(async () => {
    ({ directory, remove } = await place());
  });
  afterAll(() => remove());

  it('read as file:line:column field: received; problem -> fix', () => {
    const { message } = new DeclarationError([refusal(42, 'consumers.x.from[0]')]);
    expect(message).toBe(
      'backbone.yaml:42:7 consumers.x.from[0]: received "0.0.0.0/0"; too wide -> narrow it',
    );
  });

  it('are sorted by line and stand once', () => {
    const error = new DeclarationError([
      refusal(9, 'b'),
      refusal(3, 'c'),
      refusal(9, 'b'),
      refusal(9, 'a'),
    ]);
    expect(error.refusals.map(({ line, field }) => `${String(line)} ${field}`)).toEqual([
      '3 c',
      '9 a',
      '9 b',
    ]);
  });

  it('are plain objects in JSON', () => {
    const error = new DeclarationError([refusal(42, 'a')]);
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      error: 'declaration refused',
      refusals: [refusal(42, 'a')],
    });
  });

  it('of shape, of rules and of YAML are reported at once', async () => {
    const text = all(
      inside('', 'node: pve1', 'node: !x pve1'),
      inside('', 'vmid: 120', 'vmid: many'),
      inside('  unifi:', 'ttl: 15m', 'ttl: 2d'),
      inside('  network-agent:', '192.0.2.65/32', '0.0.0.0/0'),
      inside('  proxmox-agent:', 'profile: proxmox', 'profile: proxmx'),
      inside('classes:', 'unifi: dual', 'unify: dual'),
    )(example);
    const { refusals } = await load(directory, text);
    const fields = refusals.map(({ field }) => field);
    for (const field of [
      'proxmox.node',
      'openbao.nodes[0].vmid',
      'profiles.unifi.ttl',
      'consumers.network-agent.from[0]',
      'consumers.proxmox-agent.grants[0].profile',
      'classes.unify',
      'classes.unifi',
    ]) {
      expect(fields).toContain(field);
    }
    const lines = refusals.map(({ line }) => line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(refusals[0]?.line).toBe(lineOf(text, 'node: !x'));
  });

  it('point at the column of the value', async () => {
    const { refusals } = await load(directory, inside('  unifi:', 'ttl: 15m', 'ttl: 2d')(example));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.column).toBe('    ttl: '.length + 1);
  });

  it('say nothing twice about one field', async () => {
    const { refusals } = await load(
      directory,
      inside('  network-agent:', 'secret: unifi/tofu', "secret: 'unifi/*'")(example),
    );
    expect(refusals).toHaveLength(1);
  });
});

describe('a path of a field', () => {
  it.each([
    [['consumers', 'a', 'grants', 0, 'secret'], 'consumers.a.grants[0].secret'],
    [['secrets', 'unifi/tofu', 'fields', 2], 'secrets["unifi/tofu"].fields[2]'],
    [['a b'], '["a b"]'],
    [[], ''],
  ])('%j reads %s', (path, expected) => {
    expect(renderPath(path)).toBe(expected);
  });

  it('leaves out a key that may not be shown', () => {
    expect(renderPath(['secrets', 'x', 'y'], (key) => key !== 'x')).toBe(
      'secrets.(key not shown).y',
    );
  });
});

describe('the nearest name', () => {
  it.each([
    ['unifi/tofoo', 'unifi/tofu'],
    ['proxmx', 'proxmox'],
    ['PROXMOX', 'proxmox'],
    ['kubernetes', undefined],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, ['unifi/tofu', 'unifi/exporter', 'proxmox'])).toBe(expected);
  });
});
