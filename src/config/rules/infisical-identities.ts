import { githubIdentityName, infisicalLogin } from '../../model/names.ts';
import { sources } from '../../model/consumer.ts';
import type { Name } from '../brands.ts';
import { entries, type Facts } from '../facts.ts';
import { nearest } from '../nearest.ts';
import { contains, network } from '../network.ts';
import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';
import { enabledInfisical } from './infisical-places.ts';

const identities = (facts: Facts) => Object.entries(enabledInfisical(facts)?.identities ?? {});

/** An identity is that of a consumer, which has addresses; names of the two kinds must not meet. */
export const infisicalConsumers: Rule = (facts) => {
  const declared = entries(new Map(entries(facts.raw)).get('consumers')).map(([name]) => name);
  const unknown = identities(facts).flatMap(([name]): readonly Finding[] => {
    if (declared.includes(name)) return [];
    const near = nearest(name, declared);
    return [
      {
        path: ['infisical', 'identities', name],
        received: JSON.stringify(name),
        problem: 'no consumer has this name',
        fix: near === undefined ? 'declare it under consumers' : `write ${near}`,
      },
    ];
  });
  const names = new Set<string>(identities(facts).map(([name]) => name));
  const clashing = Object.keys(enabledInfisical(facts)?.githubActions ?? {})
    .filter((name) => names.has(githubIdentityName(name as Name)))
    .map((name) => ({
      path: ['infisical', 'githubActions', name],
      received: JSON.stringify(name),
      problem: `in Infisical it is ${githubIdentityName(name as Name)}, as a consumer is`,
      fix: 'choose another name',
    }));
  return [...unknown, ...clashing];
};

const { folder, clientId, clientSecret, projectId } = infisicalLogin;
const fields = [clientId, clientSecret, projectId] as const;

/** The login lies in one KV secret, which is declared for it and granted to its consumer alone. */
export const infisicalLogins: Rule = (facts) =>
  identities(facts).flatMap(([name, { secret }], index, all): readonly Finding[] => {
    const path = ['infisical', 'identities', name, 'secret'];
    const fix = `declare it: fields: [${fields.join(', ')}]`;
    if (!secret.startsWith(`${folder}/`)) {
      return [
        {
          path,
          problem: `its variables would not be called INFISICAL_..., as Infisical's tools read them`,
          fix: `write a path below ${folder}/, e.g. ${folder}/${name}`,
        },
      ];
    }
    const shared = all.slice(0, index).find(([, other]) => other.secret === secret);
    if (shared !== undefined) {
      return [{ path, problem: `${shared[0]} keeps its login there`, fix: 'give each its own' }];
    }
    if (!facts.names.secrets.includes(secret)) {
      return [{ path, problem: 'no such secret is declared', fix }];
    }
    const declared = facts.secrets.get(secret);
    if (declared === undefined) return [];
    const given = new Set<string>(declared.fields);
    if (given.size !== fields.length || fields.some((field) => !given.has(field))) {
      return [{ path, problem: 'that secret has other fields', fix }];
    }
    return granted(facts, name, secret, path);
  });

function granted(facts: Facts, name: string, secret: string, path: Path): readonly Finding[] {
  const readers = [...facts.consumers]
    .filter(([, { grants }]) => grants.some((one) => 'secret' in one && one.secret === secret))
    .map(([consumer]) => consumer);
  const stranger = readers.find((reader) => reader !== name);
  if (stranger !== undefined) {
    return [
      {
        path,
        problem: `${stranger} may read that secret, too, so it could log in as ${name}`,
        fix: `remove the grant of ${stranger}`,
      },
    ];
  }
  return readers.length > 0 || !facts.consumers.has(name)
    ? []
    : [
        {
          path,
          problem: `${name} may not read that secret`,
          fix: `add to consumers.${name}.grants: { secret: ${secret} }`,
        },
      ];
}

/** What a free server refuses with 400, and what would be wider than the consumer itself. */
export const infisicalTrustedIps: Rule = (facts) => {
  const plan = enabledInfisical(facts)?.plan;
  return identities(facts).flatMap(([name, { trustedIps }]): readonly Finding[] => {
    if (trustedIps === undefined) return [];
    const path = ['infisical', 'identities', name, 'trustedIps'];
    if (plan === 'free') {
      return [
        {
          path,
          received: `${String(trustedIps.length)} networks, with plan: free`,
          problem: 'a self-hosted Infisical without a paid plan refuses trusted IPs',
          fix:
            'remove the list and let the firewall of Infisical stand in (the output ' +
            'infisical_firewall has its rules), or write plan: pro',
        },
      ];
    }
    const consumer = facts.consumers.get(name);
    if (consumer === undefined) return [];
    const own = sources(consumer).map(network);
    return trustedIps.flatMap((text, index) =>
      own.some((source) => contains(source, network(text)))
        ? []
        : [
            {
              path: [...path, index],
              problem: `${name} does not come from there`,
              fix: `write a part of ${sources(consumer).join(', ')}, or leave the list out`,
            },
          ],
    );
  });
};
