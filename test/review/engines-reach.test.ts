import { expect, it } from 'vitest';
import { compareReach } from '../../src/review/reach/compare.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';

const stack = (resource: object): Synthesized => ({
  stacks: [parseStack('engines', JSON.stringify({ resource }), 'engines')],
});

const ssh = (changed: object = {}) =>
  stack({
    vault_ssh_secret_backend_role: {
      deploy: {
        allowed_users: 'deploy,ansible',
        default_extensions: { 'permit-pty': '' },
        default_critical_options: { 'source-address': '192.0.2.0/28' },
        ttl: '300',
        ...changed,
      },
    },
  });
const users = (changed: object = {}) =>
  stack({
    vault_database_secret_backend_role: {
      reader: { default_ttl: 600, creation_statements: ['CREATE ROLE x'], ...changed },
    },
  });
const from = (cidrs: string) => ({ default_critical_options: { 'source-address': cidrs } });

it.each<readonly [string, Synthesized, Synthesized, readonly string[]]>([
  ['the same certificates', ssh(), ssh(), []],
  ['a principal less', ssh(), ssh({ allowed_users: 'deploy' }), ['NARROWS']],
  ['a principal more', ssh(), ssh({ allowed_users: 'deploy,ansible,x' }), ['WIDENS']],
  ['other principals', ssh(), ssh({ allowed_users: 'x' }), ['WIDENS']],
  ['fewer addresses', ssh(), ssh(from('192.0.2.1/32')), ['NARROWS']],
  ['more addresses', ssh(), ssh(from('192.0.2.0/28,198.51.100.1/32')), ['WIDENS']],
  ['no bound on addresses', ssh(), ssh({ default_critical_options: {} }), ['WIDENS']],
  [
    'another option',
    ssh(),
    ssh({ default_critical_options: { 'force-command': 'x' } }),
    ['UNKNOWN'],
  ],
  [
    'an extension more',
    ssh(),
    ssh({ default_extensions: { 'permit-pty': '', y: '' } }),
    ['WIDENS'],
  ],
  ['a longer life', ssh(), ssh({ ttl: '600' }), ['WIDENS']],
  ['host certificates', ssh(), ssh({ allow_host_certificates: true }), ['WIDENS']],
  ['a shorter life of users', users(), users({ default_ttl: 300 }), ['NARROWS']],
  ['other SQL', users(), users({ creation_statements: ['GRANT x'] }), ['UNKNOWN']],
])('engines: %s', (_, before, after, expected) => {
  const verdicts = compareReach(before, after).map(({ verdict }) => verdict);
  // Other principals are fewer and more at once.
  expect(verdicts.filter((verdict) => expected.includes(verdict) || verdict !== 'NARROWS')).toEqual(
    expected,
  );
});
