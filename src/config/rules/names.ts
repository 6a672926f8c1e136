import { mounts, programIdentities } from '../../model/names.ts';
import type { Rule } from './rule.ts';

const own: ReadonlySet<string> = new Set([
  ...programIdentities,
  ...Object.values(mounts),
  // Policies that OpenBao itself keeps.
  'root',
  'default',
]);

/** A consumer is an AppRole and a policy; the program's own must stay apart from them. */
export const reservedNames: Rule = ({ consumers }) =>
  [...consumers.keys()]
    .filter((name) => own.has(name) || /^(consumer|policy)-/.test(name))
    .map((name) => ({
      path: ['consumers', name],
      received: JSON.stringify(name),
      problem: own.has(name)
        ? 'the name of something that this program or OpenBao itself makes'
        : 'names that begin with "consumer-" or "policy-" are those of policies',
      fix: 'name it after its work, e.g. dns-agent',
    }));

/** Nobody could put in the first secret value, or hand out the first SecretID. */
export const operatorExists: Rule = ({ raw, consumers }) => {
  const written = JSON.stringify(raw).includes('"kind":"operator"');
  return written || [...consumers.values()].some(({ kind }) => kind === 'operator')
    ? []
    : [
        {
          path: ['consumers'],
          received: 'no consumer of kind operator',
          problem: 'nobody could log in to write secret values or to hand out SecretIDs',
          fix: "declare a person's machine with kind: operator",
        },
      ];
};
