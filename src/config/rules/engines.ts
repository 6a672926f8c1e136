import type { Finding } from '../refusal.ts';
import { bounded, ordered } from './lifetimes.ts';
import type { Rule } from './rule.ts';

const minute = 60;
const hour = 3600;
const day = 86_400;

/** A certificate cannot be taken back, so it lives as long as it takes to log in, or a day's work. */
export const sshLifetimes: Rule = ({ engines }) =>
  Object.entries(engines?.ssh?.roles ?? {}).flatMap(([name, { ttl }]) =>
    bounded(['engines', 'ssh', 'roles', name, 'ttl'], ttl, {
      min: minute,
      max: 12 * hour,
      why: 'a certificate of a user cannot be taken back: it lives for minutes, or a working day at most',
    }),
  );

/** A certificate for root opens every host whose root trusts its own name. */
export const sshPrincipals: Rule = ({ engines }) =>
  Object.entries(engines?.ssh?.roles ?? {}).flatMap(([name, { principals }]) =>
    principals.flatMap((principal, index): readonly Finding[] => {
      const path = ['engines', 'ssh', 'roles', name, 'principals', index];
      if (principals.indexOf(principal) !== index) {
        return [{ path, problem: 'the same principal stands above', fix: 'remove one' }];
      }
      return principal === 'root'
        ? [
            {
              path,
              problem:
                'sshd takes a principal for the user of that name where it is told nothing else',
              fix: 'name the work, e.g. ansible, and let hosts map it to root (role ssh_ca)',
            },
          ]
        : [];
    }),
  );

/** The mount cuts leases at an hour, as a token that holds one lives no longer. */
export const databaseLifetimes: Rule = ({ engines }) =>
  Object.entries(engines?.databases ?? {}).flatMap(([database, { roles }]) =>
    Object.entries(roles).flatMap(([role, { ttl, maxTtl }]) => {
      const path = ['engines', 'databases', database, 'roles', role];
      const why =
        'a user of a database lives for a minute to an hour, as the token that it belongs to';
      return [
        ...ordered(path, ['ttl', ttl], ['maxTtl', maxTtl]),
        ...bounded([...path, 'ttl'], ttl, { min: minute, max: hour, why }),
        ...bounded([...path, 'maxTtl'], maxTtl, { min: minute, max: hour, why }),
      ];
    }),
  );

export const serviceLifetimes: Rule = ({ engines }) =>
  Object.entries(engines?.pki?.roles ?? {}).flatMap(([name, { ttl }]) =>
    bounded(['engines', 'pki', 'roles', name, 'ttl'], ttl, {
      min: hour,
      max: 90 * day,
      why: 'a certificate of a service is renewed by a timer, not by a person once a year',
    }),
  );
