import type { Finding } from '../refusal.ts';
import type { Rule } from './rule.ts';

const infisicalClasses = ['ai-model-keys', 'app-runtime-env', 'github-actions-secrets'] as const;

/** A class cannot have moved to a side that is not deployed. */
export const classesServed: Rule = ({ classes, infisical, raw, names }) => {
  if (classes === undefined || infisical === undefined) return [];
  const findings: Finding[] = [];
  for (const key of infisical.enabled ? [] : infisicalClasses) {
    if (classes[key] === 'current') continue;
    findings.push({
      path: ['classes', key],
      problem: 'its target is Infisical, which is switched off',
      fix: 'write current, or infisical: { enabled: true }',
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
