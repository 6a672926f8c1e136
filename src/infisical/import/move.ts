import { createHash } from 'node:crypto';
import type { InfisicalConnection } from '../api.ts';
import { readSecrets, writeSecret, type Folder } from '../secrets.ts';
import { assertMovable, ImportError, list, type Values } from './values.ts';

/** Names only. */
export interface Moved {
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  /** They had the value already. */
  readonly same: readonly string[];
}

const digest = (value: string) => createHash('sha256').update(value, 'utf8').digest('hex');

/**
 * Moves values into a folder, and proves it: everything is read back and compared by hash.
 *
 * A run that was cut off is finished by the next: what is there already is left alone. Other secrets of the
 * folder stay.
 *
 * @param replace  values that are there and differ are replaced; without it they are refused
 * @throws ImportError  before anything is written: a value that would not arrive as it is, or one that is
 *   there and differs; after it: what was read back is something else
 */
export async function moveInto(
  connection: InfisicalConnection,
  folder: Folder,
  values: Values,
  { replace, progress }: { readonly replace: boolean; readonly progress: (line: string) => void },
): Promise<Moved> {
  assertMovable(values);
  const before = await readSecrets(connection, folder);
  const names = [...values.keys()].sort();
  const same = names.filter((name) => before.get(name) === values.get(name));
  const replaced = names.filter((name) => before.has(name) && !same.includes(name));
  if (replaced.length > 0 && !replace) {
    throw new ImportError(
      `nothing was written; these are there with another value (--replace overwrites them):\n${list(replaced)}`,
    );
  }
  const todo = names.filter((name) => !same.includes(name));
  for (const [index, name] of todo.entries()) {
    progress(`writing ${String(index + 1)} of ${String(todo.length)}: ${name}`);
    const exists = before.has(name);
    await writeSecret(connection, folder, { name, value: values.get(name) ?? '', exists });
  }
  const after = await readSecrets(connection, folder);
  const wrong = names.filter((name) => {
    const found = after.get(name);
    return found === undefined || digest(found) !== digest(values.get(name) ?? '');
  });
  if (wrong.length > 0) {
    throw new ImportError(`read back, and not what was written:\n${list(wrong)}`);
  }
  const added = names.filter((name) => !before.has(name));
  return { added, replaced, same };
}
