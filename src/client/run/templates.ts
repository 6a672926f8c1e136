import { readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../usage-error.ts';
import { UserError } from '../../user-error.ts';
import { writeWhole } from '../certificate/state.ts';
import { checkPlace } from './memory.ts';
import { fill, type ValueOf } from './template.ts';

/** A file that is made from a template, for the life of the child. */
export interface Template {
  readonly from: string;
  readonly to: string;
}

/**
 * @param given  `in:out`
 * @throws UsageError  it is not of that form
 */
export function parseTemplate(given: string): Template {
  const [from = '', to = '', ...more] = given.split(':');
  if (from === '' || to === '' || more.length > 0) {
    throw new UsageError('--template takes <template>:<file>, neither with a colon in its name');
  }
  return { from: resolve(from), to: resolve(to) };
}

/** @throws UserError  a file would lie on a disk that is not allowed, or replace its own template */
export function checkTemplates(templates: readonly Template[], allowDisk: boolean): void {
  for (const { from, to } of templates) {
    if (from === to) throw new UserError(`${to} is its own template`);
    checkPlace(to, dirname(to), allowDisk);
  }
}

/** Writes each of mode 0600, whole or not at all. All are filled before the first is written. */
export function writeTemplates(templates: readonly Template[], valueOf: ValueOf): void {
  const filled = templates.map(({ from, to }) => ({ to, text: fill(read(from), valueOf, from) }));
  for (const { to, text } of filled) writeWhole(to, text);
}

export function removeTemplates(templates: readonly Template[]): void {
  for (const { to } of templates) rmSync(to, { force: true });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`the template ${file} cannot be read (${code ?? 'unknown'})`);
  }
}
