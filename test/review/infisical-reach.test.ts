import { expect, it } from 'vitest';
import { compareReach } from '../../src/review/reach/compare.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';

const stack = (resource: object): Synthesized => ({
  stacks: [parseStack('infisical', JSON.stringify({ resource }), 'infisical')],
});

const login = (uses: number) =>
  stack({
    infisical_identity_universal_auth: {
      agent: {
        access_token_num_uses_limit: uses,
        access_token_trusted_ips: [{ ip_address: '192.0.2.1/32' }],
        client_secret_trusted_ips: [{ ip_address: '192.0.2.1/32' }],
      },
    },
  });
const privilege = (permissions: readonly object[]) =>
  stack({
    infisical_project_identity_specific_privilege: { agent: { permissions_v2: permissions } },
  });
const folder = stack({ infisical_secret_folder: { ai: { name: 'ai' } } });
const none = stack({});

it.each<readonly [string, Synthesized, Synthesized, readonly string[]]>([
  ['the same login', login(10), login(10), []],
  ['fewer uses', login(10), login(9), ['NARROWS']],
  ['more uses', login(10), login(11), ['WIDENS']],
  ['uses without end', login(10), login(0), ['WIDENS']],
  ['a new login', none, login(10), ['WIDENS']],
  ['a new privilege', none, privilege([]), ['WIDENS']],
  ['another permission', privilege([]), privilege([{ subject: 'secrets' }]), ['UNKNOWN']],
  ['a new folder', none, folder, []],
])('Infisical: %s', (_, before, after, expected) => {
  expect(compareReach(before, after).map(({ verdict }) => verdict)).toEqual(expected);
});
