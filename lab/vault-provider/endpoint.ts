import { segment, type Data, type OpenBao } from './openbao.ts';
import type { Rules } from './plan.ts';
import { Refused, type Change, type Found, type Row } from './row.ts';
import type { Value, Values } from '../provider-protocol/value.ts';

/**
 * When an attribute is in the request:
 * - `always`: also where it is not set, as its zero value
 * - `set`: when it is set and not zero
 * - `known`: when it is set, also to zero
 * - `changed`: on create when it is set, on update when it differs
 */
export type Send = 'always' | 'set' | 'known' | 'changed';

/** A resource type that is one path: written, read and deleted there. */
export interface Endpoint {
  /** Id with attributes in braces, e.g. `auth/{backend}/role/{role_name}`. */
  readonly id: string;
  /** Path, where it is not the id, with `{id}` in it. */
  readonly path?: string;
  readonly rules: Rules;
  readonly send: Readonly<Record<string, Send>>;
  /** Names in the request, where they are not those of the attributes. */
  readonly sendAs?: Readonly<Record<string, string>>;
  readonly encode?: Readonly<Record<string, (value: Value, change: Change) => unknown>>;
  /** Attributes of the answer; one that is missing there becomes null. */
  readonly read: readonly string[];
  /** Attributes of the answer; one that is missing there stays. */
  readonly readIfPresent?: readonly string[];
  readonly decode?: Readonly<Record<string, (raw: unknown, state: Values) => unknown>>;
  readonly importable?: boolean;
  /** Deleting does nothing: the thing belongs to something else, e.g. a mount. */
  readonly keep?: boolean;
  readonly validate?: (config: Values) => string | undefined;
  check?(change: Change): void;
  /** More to write after the path itself. */
  alsoWrite?(bao: OpenBao, path: string, change: Change): Promise<void>;
  /** More to read beside the path itself. */
  alsoRead?(bao: OpenBao, path: string): Promise<Found>;
  /** What is found where the server has nothing. Without it the resource counts as gone. */
  absent?(path: string): Found;
}

export function endpoint(row: Endpoint): Row {
  const pathOf = (id: string) => segment((row.path ?? '{id}').replace('{id}', () => id));
  return {
    rules: row.rules,
    importable: row.importable,
    validate: row.validate,
    async write(bao, change) {
      row.check?.(change);
      const id = change.id ?? fill(row.id, (name) => change.text(name));
      await bao.write(pathOf(id), requestBody(row, change));
      change.made(id);
      await row.alsoWrite?.(bao, pathOf(id), change);
    },
    async read(bao, id, state) {
      const parts = parse(row.id, id);
      const answer = await bao.read(pathOf(id));
      if (answer === null) {
        const instead = row.absent?.(pathOf(id));
        return instead === undefined ? undefined : { ...parts, ...instead };
      }
      const data = answer.data ?? {};
      const present = (row.readIfPresent ?? []).filter((name) => name in data);
      const found = [...row.read, ...present].map((name) => {
        const raw = data[name] ?? null;
        return [name, row.decode?.[name]?.(raw, state) ?? raw] as const;
      });
      return { ...parts, ...Object.fromEntries(found), ...(await row.alsoRead?.(bao, pathOf(id))) };
    },
    async remove(bao, id) {
      if (row.keep !== true) await bao.remove(pathOf(id));
    },
  };
}

function requestBody(row: Endpoint, change: Change): Data {
  const body: Record<string, unknown> = {};
  for (const [name, send] of Object.entries(row.send)) {
    const value = change.get(name);
    if (!wanted(send, name, value, change)) continue;
    body[row.sendAs?.[name] ?? name] = row.encode?.[name]?.(value, change) ?? change.orZero(name);
  }
  return body;
}

function wanted(send: Send, name: string, value: Value, change: Change): boolean {
  switch (send) {
    case 'always':
      return true;
    case 'set':
      return change.has(name);
    case 'known':
      return value !== null;
    case 'changed':
      return change.isNew ? change.has(name) || value === false : change.changes(name);
  }
}

function fill(template: string, valueOf: (name: string) => string): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => trimSlashes(valueOf(name)));
}

/** The attributes that an id tells, which is all that an import knows. */
function parse(template: string, id: string): Record<string, string> {
  const names: string[] = [];
  const pattern = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name);
    return '(.+)';
  });
  const match = new RegExp(`^${pattern}$`, 's').exec(id);
  if (match === null)
    throw new Refused(`"${id}" is no id of this resource; it has the form ${template}`);
  return Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']));
}

export function trimSlashes(text: string): string {
  return text.replaceAll(/^\/+|\/+$/g, '');
}
