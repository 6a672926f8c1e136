import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const admin = z.strictObject({
  id: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.enum(['admin', 'readonly']),
  isSuper: z.boolean(),
  salt: z.string(),
  /** Of salt and password: the double keeps no password. */
  hash: z.string(),
});
export type Admin = z.infer<typeof admin>;

const key = z.strictObject({
  id: z.string(),
  admin: z.string(),
  name: z.string(),
  masked: z.string(),
  hash: z.string(),
  created: z.string(),
});
export type Key = z.infer<typeof key>;

/** Everything that the double remembers; sessions are in memory, as a restart of a console ends them. */
export const unifiState = z.strictObject({
  version: z.literal(1),
  sites: z.array(z.string()),
  admins: z.array(admin),
  keys: z.array(key),
});
export type UnifiState = z.infer<typeof unifiState>;

/** A local admin to begin with. */
export interface Account {
  readonly name: string;
  readonly password: string;
  readonly role: 'admin' | 'readonly';
  /** @default false */
  readonly isSuper?: boolean;
}

export function stateOf(accounts: readonly Account[]): UnifiState {
  return {
    version: 1,
    sites: ['default'],
    admins: accounts.map(({ name, password, role, isSuper = false }) => ({
      id: objectId(),
      name,
      email: `${name}@example.net`,
      role,
      isSuper,
      ...passwordOf(password),
    })),
    keys: [],
  };
}

export function passwordOf(password: string): Pick<Admin, 'salt' | 'hash'> {
  const salt = randomBytes(8).toString('hex');
  return { salt, hash: hashOf(salt + password) };
}

export function hasPassword({ salt, hash }: Admin, password: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(salt + password)), Buffer.from(hash));
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** As MongoDB makes them: 24 hexadecimal digits. */
export function objectId(): string {
  return randomBytes(12).toString('hex');
}
