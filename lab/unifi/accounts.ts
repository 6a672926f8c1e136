import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Backbone } from '../../src/model/backbone.ts';
import { exists } from '../parts/cache.ts';
import { writePrivateFile } from '../private-file.ts';
import type { Account } from './state.ts';

const accounts = z.array(
  z.strictObject({
    name: z.string(),
    password: z.string(),
    role: z.enum(['admin', 'readonly']),
    isSuper: z.boolean(),
  }),
);

/**
 * The local admins that the declaration speaks of, each with a password of this lab alone. Who signs in for
 * itself can change itself; who signs in for others is a super admin; the rest reads.
 */
export async function makeAccounts({ secrets }: Backbone, file: string): Promise<void> {
  if (await exists(file)) return;
  const passwords = secrets.flatMap(({ rotation }) =>
    rotation?.account === 'password' ? [rotation] : [],
  );
  const made = passwords.map(({ admin, data, login }): Account => ({
    name: admin,
    password: randomBytes(18).toString('base64url'),
    role: login === data ? 'admin' : 'readonly',
    isSuper: passwords.some((other) => other.login === data && other.data !== data),
  }));
  await writePrivateFile(file, JSON.stringify(made));
}

export async function readAccounts(file: string): Promise<readonly Required<Account>[]> {
  return accounts.parse(JSON.parse(await readFile(file, 'utf8')));
}
