import { mounts, programIdentities } from '../../model/names.ts';
import { entries } from '../facts.ts';
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
export const operatorExists: Rule = ({ raw }) => {
  const consumers = entries(new Map(entries(raw)).get('consumers'));
  const kinds = consumers.map(([, consumer]) => new Map(entries(consumer)).get('kind'));
  if (kinds.includes('operator')) return [];
  return [
    {
      path: ['consumers'],
      received: 'no consumer of kind operator',
      problem: 'nobody could log in to write secret values or to hand out SecretIDs',
      fix: "declare a person's machine with kind: operator",
    },
  ];
};
