import type { Finding } from '../refusal.ts';
import type { Rule } from './rule.ts';

const infisicalClasses = ['ai-model-keys', 'app-runtime-env', 'github-actions-secrets'] as const;

/** A class cannot have moved to a side that is not deployed. */
export const classesServed: Rule = ({ classes, infisical, raw, names }) => {
  if (classes === undefined || infisical === undefined) return [];
  const findings: Finding[] = [];
  // Switched on without a stack behind it, three classes could claim to have moved to nothing.
  if (infisical.enabled) {
    findings.push({
      path: ['infisical', 'enabled'],
      problem: 'this version has no stack for Infisical yet',
      fix: 'write false',
    });
  }
  for (const key of infisicalClasses) {
    if (classes[key] === 'current') continue;
    findings.push({
      path: ['classes', key],
      problem: 'its target is Infisical, which is not deployed',
      fix: 'write current',
    });
  }
  const written = typeof raw === 'object' && raw !== null && 'profiles' in raw;
  if (written && classes['aws-tf-state'] !== 'current' && names.profiles.length === 0) {
    findings.push({
      path: ['classes', 'aws-tf-state'],
      problem: 'no profile is declared',
      fix: 'write current, or declare a profile',
    });
  }
  return findings;
};
