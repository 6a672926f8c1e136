import { writeFile } from 'node:fs/promises';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { rules } from '../../policies/rules/index.ts';
import type { Rule } from '../../policies/rules/reading/rule.ts';
import { aboutAcknowledgements } from './acknowledge.ts';

/** policies/rules/RULES.md, derived from the rules: `npm run rules`. */
export const rulesFile = new URL('../../policies/rules/RULES.md', import.meta.url);

export async function renderRules(): Promise<string> {
  const { pathname } = rulesFile;
  const text = [
    '# Guardrails',
    'Made by `npm run rules` from the files beside it. docs/guardrails.md says how they are run and how a finding is acknowledged.',
    `${String(rules.length)} rules. An error stops \`synth\`, \`plan\` and \`deploy\`; a warning is shown. What a rule cannot evaluate is a finding.`,
    '| rule | severity | |\n| --- | --- | --- |\n' +
      rules
        .map(({ id, severity, title }) => `| [\`${id}\`](#${id}) | ${severity} | ${title} |`)
        .join('\n'),
    ...rules.map(section),
    '## Acknowledgements\n\nAlways errors, and not to be acknowledged themselves.',
    Object.values(aboutAcknowledgements)
      .map(({ id, title, fix }) => `- \`${id}\`: ${title}. ${fix}`)
      .join('\n'),
  ].join('\n\n');
  return format(text, { ...(await resolveConfig(pathname)), filepath: pathname });
}

function section({ id, severity, title, explanation, fix, reviewed = [] }: Rule): string {
  return [
    `## ${id}`,
    `**${title}** (${severity})`,
    explanation,
    `Fix: ${fix}`,
    ...(reviewed.length === 0 ? [] : ['Reviewed, and left out:']),
    ...reviewed.map(({ what, reason }) => `- \`${what}\`. ${reason}`),
  ].join('\n\n');
}

if (argv[1] === fileURLToPath(import.meta.url)) await writeFile(rulesFile, await renderRules());
