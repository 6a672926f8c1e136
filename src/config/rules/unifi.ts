import type { Facts } from '../facts.ts';
import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';

type Secret = NonNullable<ReturnType<Facts['secrets']['get']>>;

const fieldsOf = { password: ['username', 'password'], 'api-key': ['api_key'] } as const;

/** What a rotation needs beside the secret's own block: its fields, and somebody who can sign in. */
export const unifiAccounts: Rule = ({ secrets, names }) =>
  [...secrets].flatMap(([path, secret]): readonly Finding[] => {
    const { unifi, fields } = secret;
    if (unifi === undefined) return [];
    const here: Path = ['secrets', path, 'unifi'];
    const missing = fieldsOf[unifi.account].filter(
      (field) => !fields.some((declared) => declared === field),
    );
    if (missing.length > 0) {
      return [
        {
          path: [...here, 'account'],
          problem: `the secret has no field ${missing.join(' and no field ')}`,
          fix: `add it to fields: an account of kind ${unifi.account} is written there`,
        },
      ];
    }
    if (unifi.account === 'api-key' && unifi.kind === 'classic') {
      return [
        {
          path: [...here, 'account'],
          problem: 'a classic controller makes no API keys',
          fix: 'write password, or kind: os',
        },
      ];
    }
    return [...controller(here, secret), ...login(here, path, secret, secrets, names.secrets)];
  });

/** A path, or a user in the URL, would be sent somewhere that nobody looks at. */
function controller(here: Path, { unifi }: Secret): readonly Finding[] {
  if (unifi === undefined) return [];
  const url = new URL(unifi.controller);
  const bare = url.pathname === '/' && url.search === '' && url.hash === '';
  if (bare && url.username === '' && url.password === '') return [];
  return [
    {
      path: [...here, 'controller'],
      problem: 'more than a host and a port',
      fix: 'write https://<host>, or https://<host>:8443',
    },
  ];
}

function login(
  here: Path,
  path: string,
  { unifi }: Secret,
  secrets: Facts['secrets'],
  declared: readonly string[],
): readonly Finding[] {
  if (unifi === undefined) return [];
  const find = (problem: string, fix: string): readonly Finding[] => [
    { path: [...here, 'login'], problem, fix },
  ];
  if (unifi.login === undefined || unifi.login === path) {
    return unifi.account === 'password'
      ? []
      : find(
          'an API key is made by signing in, and this secret holds no password',
          'name the secret with username and password of the same admin',
        );
  }
  if (!declared.includes(unifi.login)) {
    return find('no such secret is declared', 'declare it, with the fields username and password');
  }
  const named = secrets.get(unifi.login);
  if (named === undefined) return [];
  if (fieldsOf.password.some((field) => !named.fields.some((one) => one === field))) {
    return find('the secret has not the fields username and password', 'name one that has');
  }
  const other = named.unifi;
  if (other === undefined) return [];
  if (other.controller !== unifi.controller) {
    return find('it is an account of another controller', 'name one of this controller');
  }
  return unifi.account === 'api-key' && other.admin !== unifi.admin
    ? find('a key is made by its own admin, and this is another one', `name one of ${unifi.admin}`)
    : [];
}

/** Two secrets with one password: each rotation would end what the other one holds. */
export const unifiPasswordsOnce: Rule = ({ secrets }) => {
  const seen = new Map<string, string>();
  return [...secrets].flatMap(([path, { unifi }]): readonly Finding[] => {
    if (unifi?.account !== 'password') return [];
    const key = `${unifi.controller} ${unifi.admin}`;
    const earlier = seen.get(key);
    seen.set(key, earlier ?? path);
    return earlier === undefined
      ? []
      : [
          {
            path: ['secrets', path, 'unifi', 'admin'],
            problem: `${earlier} holds the password of the same admin, and a password has no overlap`,
            fix: 'give each its own admin, or grant the one secret to both consumers',
          },
        ];
  });
};

/** The next value of a rotated secret is kept beside it until it is in use. */
export const pendingApart: Rule = ({ secrets }) =>
  [...secrets.keys()]
    .filter((path) => secrets.get(/^(.+)\/pending$/.exec(path)?.[1] ?? '')?.unifi !== undefined)
    .map((path) => ({
      path: ['secrets', path],
      received: JSON.stringify(path),
      problem: 'here a rotation keeps the next value of the secret above it',
      fix: 'choose another path',
    }));

/** Whoever rotates writes credentials; it does that and nothing else. */
export const rotatorsApart: Rule = ({ consumers, secrets }) =>
  [...consumers].flatMap(([consumer, { grants }]) => {
    const rotates = grants.some((grant) => 'rotate' in grant);
    return grants.flatMap((grant, index): readonly Finding[] => {
      const path: Path = ['consumers', consumer, 'grants', index];
      if (rotates && !('rotate' in grant)) {
        const kind = Object.keys(grant)[0] ?? '';
        return [
          {
            path: [...path, kind],
            problem: 'this consumer rotates secrets, and whoever may write them does nothing else',
            fix: 'declare a consumer of its own for the rotation',
          },
        ];
      }
      const rotated = 'rotate' in grant ? secrets.get(grant.rotate) : undefined;
      return rotated !== undefined && rotated.unifi === undefined
        ? [
            {
              path: [...path, 'rotate'],
              problem: 'the secret says of no system how it is rotated',
              fix: 'give it a unifi block, or grant it with `secret:` to be read',
            },
          ]
        : [];
    });
  });
