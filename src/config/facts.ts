import { z } from 'zod';
import {
  declaration,
  type ConsumerDeclaration,
  type Declaration,
  type ProfileDeclaration,
} from './declaration.ts';

/**
 * What of a declaration is well-formed, part by part: one bad line must not hide what is wrong with the
 * others. A rule that needs a part which is missing here finds nothing; the schema has refused that part.
 */
export interface Facts {
  /** The declaration as it was written, before any check. */
  readonly raw: unknown;
  readonly state: Declaration['state'] | undefined;
  readonly proxmox: Declaration['proxmox'] | undefined;
  readonly openbao: Declaration['openbao'] | undefined;
  readonly aws: Declaration['aws'] | undefined;
  readonly infisical: Declaration['infisical'] | undefined;
  readonly engines: Declaration['engines'] | undefined;
  readonly proxy: Declaration['proxy'];
  readonly github: Declaration['github'] | undefined;
  readonly classes: Declaration['classes'] | undefined;
  readonly profiles: ReadonlyMap<string, ProfileDeclaration>;
  readonly secrets: ReadonlyMap<string, Declaration['secrets'][keyof Declaration['secrets']]>;
  readonly consumers: ReadonlyMap<string, ConsumerDeclaration>;
  /** Every name that was written, well-formed or not. */
  readonly names: {
    readonly profiles: readonly string[];
    readonly secrets: readonly string[];
    /** Of engines, as grants name them. */
    readonly ssh: readonly string[];
    readonly databases: readonly string[];
    readonly certificates: readonly string[];
    /** Of the proxy. */
    readonly upstreams: readonly string[];
    readonly contexts: readonly string[];
  };
}

/** @param whole  what the schema made of `raw`, if it refused nothing: then no part is checked once more. */
export function factsOf(raw: unknown, whole?: Declaration): Facts {
  const keys = (...path: readonly string[]) =>
    entries(path.reduce<unknown>(entry, raw)).map(([key]) => key);
  const names = {
    profiles: keys('profiles'),
    secrets: keys('secrets'),
    ssh: keys('engines', 'ssh', 'roles'),
    databases: keys('engines', 'databases').flatMap((database) =>
      keys('engines', 'databases', database, 'roles').map((role) => `${database}/${role}`),
    ),
    certificates: keys('engines', 'pki', 'roles'),
    upstreams: keys('proxy', 'upstreams'),
    contexts: keys('github', 'contexts'),
  };
  if (whole !== undefined) {
    return {
      ...whole,
      proxy: whole.proxy,
      raw,
      names,
      profiles: new Map(Object.entries(whole.profiles)),
      secrets: new Map(Object.entries(whole.secrets)),
      consumers: new Map(Object.entries(whole.consumers)),
    };
  }
  const { shape } = declaration;
  return {
    raw,
    names,
    state: part(shape.state, entry(raw, 'state')),
    proxmox: part(shape.proxmox, entry(raw, 'proxmox')),
    openbao: part(shape.openbao, entry(raw, 'openbao')),
    aws: part(shape.aws, entry(raw, 'aws')),
    infisical: part(shape.infisical, entry(raw, 'infisical')),
    engines: part(shape.engines, entry(raw, 'engines')),
    proxy: part(shape.proxy, entry(raw, 'proxy')),
    github: part(shape.github, entry(raw, 'github')),
    classes: part(shape.classes, entry(raw, 'classes')),
    profiles: parts(shape.profiles, entry(raw, 'profiles')),
    secrets: parts(shape.secrets, entry(raw, 'secrets')),
    consumers: parts(shape.consumers, entry(raw, 'consumers')),
  };
}

function part<T extends z.ZodType>(schema: T, raw: unknown): z.infer<T> | undefined {
  const { success, data } = schema.safeParse(raw);
  return success ? data : undefined;
}

function parts<K extends z.core.$ZodRecordKey, V extends z.ZodType>(
  { keyType, valueType }: z.ZodRecord<K, V>,
  raw: unknown,
): ReadonlyMap<string, z.infer<V>> {
  return new Map(
    entries(raw).flatMap(([key, value]) => {
      const { success, data } = valueType.safeParse(value);
      return success && z.safeParse(keyType, key).success ? [[key, data] as const] : [];
    }),
  );
}

function entry(raw: unknown, key: string): unknown {
  return entries(raw).find(([name]) => name === key)?.[1];
}

/** The entries of a map, none for anything else. */
export function entries(raw: unknown): readonly (readonly [string, unknown])[] {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? Object.entries(raw) : [];
}
