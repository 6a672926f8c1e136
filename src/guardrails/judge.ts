import { rules } from '../../policies/rules/index.ts';
import type { Declared, Found, Rule } from '../../policies/rules/reading/rule.ts';
import { ruleView } from '../../policies/rules/reading/view.ts';
import type { Synthesized } from '../synthesized/resource.ts';
import { acknowledge, type Acknowledgement, type Finding } from './acknowledge.ts';

/**
 * Every finding of every rule on these stacks, acknowledged or not, in a stable order: errors first, then
 * by rule and place.
 *
 * @param now  milliseconds since 1970
 */
export function judge(options: {
  readonly synthesized: Synthesized;
  readonly declared: Declared;
  readonly acknowledgements: readonly Acknowledgement[];
  readonly now: number;
}): readonly Finding[] {
  const view = ruleView(options.synthesized, options.declared);
  const findings = rules.flatMap((rule) =>
    once(rule.check(view).map((one) => asFinding(rule, one))),
  );
  return [...acknowledge(findings, options.acknowledgements, options.now)].sort(byWeight);
}

/** What stops a synth. */
export function refusing(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(
    ({ severity, acknowledged }) => severity === 'error' && acknowledged === undefined,
  );
}

function asFinding({ id, severity, title, fix }: Rule, one: Found): Finding {
  const place = `${one.stack}/${one.address}`;
  return {
    ...one,
    rule: id,
    severity,
    title,
    fix,
    at: one.part === '' ? place : `${place}: ${one.part}`,
    acknowledged: undefined,
  };
}

/** Two rules of a policy for one path are one finding: an acknowledgement could not tell them apart. */
function once(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((one) => [one.at, one])).values()];
}

function byWeight(a: Finding, b: Finding): number {
  const weight = ({ severity, rule, at }: Finding) => `${severity} ${rule}\n${at}`;
  return weight(a) < weight(b) ? -1 : 1;
}
