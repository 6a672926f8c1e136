import type { Facts } from '../facts.ts';
import type { Finding } from '../refusal.ts';
import type { Rule } from './rule.ts';

const infisicalClasses = ['ai-model-keys', 'app-runtime-env', 'github-actions-secrets'] as const;

/** A class cannot have moved to a side that is not deployed. */
export const classesServed: Rule = ({ classes, infisical, github, raw, names }) => {
  if (classes === undefined || infisical === undefined) return [];
  const findings: Finding[] = [];
  for (const key of infisicalClasses) {
    const missing = classes[key] === 'current' ? undefined : lacks(infisical, key);
    if (missing !== undefined) findings.push({ path: ['classes', key], ...missing });
  }
  if (classes['github-api-push'] !== 'current' && github?.enabled === false) {
    findings.push({
      path: ['classes', 'github-api-push'],
      problem: 'its target is the GitHub broker, and github is not enabled',
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

/** What has to be declared in Infisical before that class can have left its old place. */
function lacks(
  infisical: NonNullable<Facts['infisical']>,
  key: (typeof infisicalClasses)[number],
): Pick<Finding, 'problem' | 'fix'> | undefined {
  if (!infisical.enabled) {
    return { problem: 'its target is Infisical, which is not enabled', fix: 'write current' };
  }
  const folders = Object.values(infisical.folders);
  const ways = [infisical.githubActions, infisical.githubSyncs];
  if (!folders.some((folder) => folder.class === key)) {
    return {
      problem: 'no folder of infisical.folders is of this class',
      fix: `write current, or declare a folder with class: ${key}`,
    };
  }
  if (key === 'github-actions-secrets' && ways.every((way) => Object.keys(way).length === 0)) {
    return {
      problem: 'nothing takes secrets to GitHub Actions',
      fix: 'write current, or declare infisical.githubActions or infisical.githubSyncs',
    };
  }
  return undefined;
}
