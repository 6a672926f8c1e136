import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { parsePlan, type Plan } from './plan.ts';

/**
 * Plans by stack, from a file `<stack>.json` or a directory of such, as `backbone plan --out` leaves them.
 *
 * @throws UserError  there is none, or one is no plan
 */
export async function readPlans(path: string): Promise<ReadonlyMap<string, Plan>> {
  const found = await stat(path).catch(() => {
    throw new UserError(`there is no plan at ${path}`);
  });
  const files = found.isDirectory()
    ? (await readdir(path)).filter((name) => name.endsWith('.json')).map((name) => join(path, name))
    : [path];
  if (files.length === 0) throw new UserError(`${path} holds no <stack>.json`);
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const text = await readFile(file, 'utf8').catch(() => {
          throw new UserError(`${file} cannot be read`);
        });
        return [basename(file, '.json'), parsePlan(text, file)] as const;
      }),
    ),
  );
}
