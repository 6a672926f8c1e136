import { expect, it } from 'vitest';
import type { SecretPath } from '../../src/config/brands.ts';
import { secretVariable } from '../../src/model/environment.ts';

it.each([
  ['unifi/tofu', 'username', 'UNIFI_USERNAME'],
  ['unifi/tofu', 'api', 'UNIFI_API'],
  ['unifi', 'api_key', 'UNIFI_API_KEY'],
  ['home-assistant/long/path', 'token', 'HOME_ASSISTANT_TOKEN'],
])('the field of %s, %s, is handed over as %s', (path, field, variable) => {
  expect(secretVariable(path as SecretPath, field)).toBe(variable);
});
