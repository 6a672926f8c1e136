import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DeclarationError,
  loadDeclaration,
  type LoadedDeclaration,
  type Refusal,
} from '../../src/config/load.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const exampleFile = join(root, 'backbone.yaml');
export const example = await readFile(exampleFile, 'utf8');

/** A change of the example: its text in, another text out. */
export type Edit = (text: string) => string;

/** Replaces the first `from` that follows `section` (a line of the example); both have to be there. */
export function inside(section: string, from: string, to: string): Edit {
  return (text) => {
    const start = text.indexOf(section);
    const at = text.indexOf(from, start + section.length);
    if (start < 0 || at < 0) throw new Error(`the example has no "${from}" after "${section}"`);
    return text.slice(0, at) + to + text.slice(at + from.length);
  };
}

/** Puts lines below a line of the example, as they stand. */
export function below(line: string, ...added: string[]): Edit {
  return inside('', `${line}\n`, `${[line, ...added].join('\n')}\n`);
}

export function all(...edits: readonly Edit[]): Edit {
  return (text) => edits.reduce((edited, edit) => edit(edited), text);
}

/** A directory with the CA certificate of the example, and what to remove it with. */
export async function place(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'declaration-'));
  await mkdir(join(directory, 'pki'));
  const certificate = join('pki', 'roles-anywhere-ca.pem');
  await copyFile(join(root, certificate), join(directory, certificate));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

export async function load(directory: string, content: string | Uint8Array) {
  const file = join(directory, 'backbone.yaml');
  await writeFile(file, content);
  return { file, ...(await attempt(file)) };
}

/** The declaration, or everything that was refused about it. */
export async function attempt(file: string): Promise<{
  readonly loaded: LoadedDeclaration | undefined;
  readonly refusals: readonly Refusal[];
  readonly error: DeclarationError | undefined;
}> {
  try {
    return { loaded: await loadDeclaration(file), refusals: [], error: undefined };
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return { loaded: undefined, refusals: error.refusals, error };
  }
}

/** Number of the line that holds a text, counted from `after`. */
export function lineOf(text: string, marker: string, after = ''): number {
  const at = text.indexOf(marker, text.indexOf(after));
  if (at < 0) throw new Error(`no line holds "${marker}"`);
  return text.slice(0, at).split('\n').length;
}
