import { expect, it } from 'vitest';
import { terraformEnvironment } from '../../src/terraform/environment.ts';

it('gives the vault provider what is set for OpenBao', () => {
  const env = { BAO_ADDR: 'https://a', VAULT_ADDR: 'https://b', BAO_TOKEN: '', VAULT_TOKEN: 't' };
  expect(terraformEnvironment(env)).toMatchObject({ VAULT_ADDR: 'https://a', VAULT_TOKEN: 't' });
});

it.each(['VAULT_SKIP_VERIFY', 'VAULT_AGENT_ADDR'])(
  'keeps %s away, which would send the token to a server that nobody declared',
  (name) => {
    expect(terraformEnvironment({ [name]: 'true', PATH: '/bin' })).toMatchObject({ PATH: '/bin' });
    expect(terraformEnvironment({ [name]: 'true' })).not.toHaveProperty(name);
  },
);

it('refuses a configuration file that does not exist', () => {
  expect(() => terraformEnvironment({ TF_CLI_CONFIG_FILE: '/nonexistent/terraform.rc' })).toThrow(
    'TF_CLI_CONFIG_FILE names /nonexistent/terraform.rc',
  );
});
