import { UserError } from '../user-error.ts';
import type { Synthesized } from '../synthesized/resource.ts';
import type { Finding } from './acknowledge.ts';
import { judge, refusing } from './judge.ts';
import { refusedStatus, writeFindings } from './output.ts';
import { countsText, findingsText } from './text.ts';

/** The guardrails have refused; the message has every finding. */
export class GuardrailsRefused extends UserError {
  override readonly name = 'GuardrailsRefused';
  override readonly exitStatus = refusedStatus;
}

/**
 * Judges stacks before any of them is written.
 *
 * @param directory  where they would be written; the findings are written there in any case
 * @returns findings that are to be shown: warnings that nobody has acknowledged
 * @throws GuardrailsRefused  there is an error that nobody has acknowledged
 */
export async function enforce(
  directory: string,
  options: Parameters<typeof judge>[0],
): Promise<readonly Finding[]> {
  const findings = judge(options);
  const errors = refusing(findings);
  const refused: Synthesized | undefined = errors.length > 0 ? options.synthesized : undefined;
  await writeFindings(directory, findings, refused);
  const open = findings.filter(({ acknowledged }) => acknowledged === undefined);
  if (errors.length > 0) {
    throw new GuardrailsRefused(
      `${findingsText(open)}\n\nguardrails: ${countsText(findings)}; nothing was written ` +
        '(docs/guardrails.md)',
    );
  }
  return open;
}
