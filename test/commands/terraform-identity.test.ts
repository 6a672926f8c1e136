import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { asTerraform } from '../../src/commands/terraform-identity.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { declare, input } from '../fixtures/declaration.ts';

const openbao = { ...input.openbao, address: 'https://bao.example.net:8200' };
const backbone = resolveBackbone(declare({ openbao }));
const work = vi.fn();
const attempt = () => asTerraform('terraform-plan', backbone, work);

beforeEach(() => {
  for (const family of ['BAO', 'VAULT']) {
    for (const name of ['ADDR', 'TOKEN', 'CACERT']) vi.stubEnv(`${family}_${name}`, '');
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
  expect(work).not.toHaveBeenCalled();
});

it.each([
  ['BAO_ADDR', 'https://other.example.net:8200'],
  ['VAULT_ADDR', 'https://bao.example.net:8201'],
  ['VAULT_ADDR', 'https://bao.example.net:8200/v1'],
])('refuses a token of another server than the declared one: %s=%s', async (name, address) => {
  vi.stubEnv(name, address);
  vi.stubEnv('BAO_TOKEN', 'canary');
  const refusal: unknown = await attempt().catch((error: unknown) => error);
  expect(refusal).toMatchObject({ name: 'UserError' });
  expect(String(refusal)).toContain(address);
  expect(String(refusal)).toContain('https://bao.example.net:8200');
  expect(String(refusal)).not.toContain('canary');
});

it('refuses what is no address, without repeating it: there may be a password in it', async () => {
  vi.stubEnv('BAO_ADDR', 'https://canary@[broken');
  vi.stubEnv('BAO_TOKEN', 'canary');
  const refusal: unknown = await attempt().catch((error: unknown) => error);
  expect(refusal).toMatchObject({ name: 'UserError' });
  expect(String(refusal)).toContain('look at BAO_ADDR');
  expect(String(refusal)).not.toContain('canary');
});

it.each(['', 'https://bao.example.net:8200/', 'https://BAO.example.NET:8200'])(
  'takes the declared server, however it is written, and asks for a token next: "%s"',
  async (address) => {
    vi.stubEnv('VAULT_ADDR', address);
    await expect(attempt()).rejects.toThrow(/needs? a token/);
  },
);
