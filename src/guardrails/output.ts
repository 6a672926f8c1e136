import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Synthesized } from '../synthesized/resource.ts';
import type { Finding } from './acknowledge.ts';

/**
 * What a synth leaves beside the stacks: `guardrails.json`, every finding; and of an output that was
 * refused, `refused.json`, the stacks for a review to read. Terraform and cdktf take neither for a stack.
 */
const files = { findings: 'guardrails.json', refused: 'refused.json' } as const;

/** Exit status of the program where the guardrails have refused. */
export const refusedStatus = 3;

export async function writeFindings(
  directory: string,
  findings: readonly Finding[],
  refused?: Synthesized,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const write = (name: string, value: unknown) =>
    writeFile(join(directory, name), `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  await write(files.findings, { findings });
  await rm(join(directory, files.refused), { force: true });
  if (refused !== undefined) await write(files.refused, refused);
}

/** Findings of the last synth into this directory. Ask only after one that ended with 0 or 3. */
export async function readFindings(directory: string): Promise<readonly Finding[]> {
  const text = await readFile(join(directory, files.findings), 'utf8');
  return (JSON.parse(text) as { readonly findings: readonly Finding[] }).findings;
}

/** The stacks that were refused, after a synth that ended with 3. */
export async function readRefused(directory: string): Promise<Synthesized> {
  return JSON.parse(await readFile(join(directory, files.refused), 'utf8')) as Synthesized;
}
