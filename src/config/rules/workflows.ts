import type { Finding } from '../refusal.ts';
import { bounded } from './lifetimes.ts';
import type { Rule } from './rule.ts';

const path = ['openbao', 'workflows'];

/** Runs of a pipeline are identities that exist, and no run is two of them. */
export const workflowRuns: Rule = ({ openbao }) => {
  const { workflows, identities } = openbao ?? {};
  if (workflows === undefined) return [];
  const { plan, auditor, ttl } = workflows;
  const findings: Finding[] = [
    ...bounded([...path, 'ttl'], ttl, {
      ...{ min: 60, max: 3600, why: 'a run has a token for a minute to an hour' },
    }),
  ];
  if (plan === undefined && auditor === undefined) {
    const fix = 'write plan: { environment: plan }, or take the section out';
    findings.push({ path, problem: 'it lets no run log in', fix });
  }
  if (auditor !== undefined && identities?.auditor === undefined) {
    findings.push({
      path: [...path, 'auditor'],
      problem: 'there is no identity that these runs could be',
      fix: 'declare openbao.identities.auditor, with the addresses of the runner',
    });
  }
  if (plan !== undefined && JSON.stringify(plan) === JSON.stringify(auditor)) {
    findings.push({
      path: [...path, 'auditor'],
      problem: 'the same runs would be two identities, and the server could not tell which',
      fix: 'give each an environment, branch or tag of its own',
    });
  }
  return findings;
};
