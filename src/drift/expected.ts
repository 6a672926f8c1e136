import { argument, isUnresolved } from '../synthesized/reference.ts';
import { isObject, type Json, type Resource, type Stack } from '../synthesized/resource.ts';
import { UserError } from '../user-error.ts';

/** One synthesized resource with its references resolved. */
export interface Wanted {
  readonly address: string;
  readonly name: string;
  readonly values: Readonly<Record<string, Json>>;
  /** Arguments that are written and that only the server, or an apply, tells. */
  readonly told: readonly string[];
}

/** What was synthesized for OpenBao, by type and name: hand-written resources count as well. */
export class Expected {
  private readonly all: readonly { readonly resource: Resource; readonly stack: Stack }[];

  constructor(stacks: readonly Stack[]) {
    this.all = stacks.flatMap((stack) => stack.resources.map((resource) => ({ resource, stack })));
  }

  /** @throws UserError  a name that cannot be told without a server */
  of(type: string, nameArgument: string): ReadonlyMap<string, Wanted> {
    const found = this.all
      .filter(({ resource }) => resource.mode === 'managed' && resource.type === type)
      .map(({ resource, stack }): Wanted => {
        const values: [string, Json][] = [];
        const told: string[] = [];
        for (const key of Object.keys(resource.body)) {
          const value = argument(resource, key, stack);
          if (value === undefined || value === null) continue;
          if (isUnresolved(value) || isTold(value)) told.push(key);
          else values.push([key, value]);
        }
        const known = Object.fromEntries(values);
        const name = known[nameArgument];
        if (typeof name !== 'string') {
          throw new UserError(`${resource.address}: its ${nameArgument} cannot be told from synth`);
        }
        return { address: resource.address, name: trimmed(name), values: known, told };
      });
    return new Map(found.map((one) => [one.name, one]));
  }

  /** As `of`, those of one mount. Engines of the same kind name their roles as they like. */
  in(mount: string, type: string, nameArgument: string): ReadonlyMap<string, Wanted> {
    const own = [...this.of(type, nameArgument)].filter(([, { values }]) => {
      const backend = values['backend'];
      return typeof backend === 'string' && trimmed(backend) === mount;
    });
    return new Map(own);
  }

  /** Aliases by entity: address of the entity to the paths of the auth methods that it may come by. */
  aliases(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const { resource, stack } of this.all) {
      if (resource.type !== 'vault_identity_entity_alias') continue;
      const entity = this.target(argument(resource, 'canonical_id', stack));
      const method = this.target(argument(resource, 'mount_accessor', stack));
      const path = method?.body['path'];
      if (entity === undefined || typeof path !== 'string') continue;
      found.set(entity.address, [...(found.get(entity.address) ?? []), `auth/${trimmed(path)}/`]);
    }
    return found;
  }

  /** The resource whose attribute stands for a value as `<type.name.attribute>`. */
  private target(value: unknown) {
    if (typeof value !== 'string') return undefined;
    const address = /^<([\w-]+\.[\w-]+)\.\w+>$/.exec(value)?.[1];
    return this.all.find(({ resource }) => resource.address === address)?.resource;
  }
}

/** Whether a value, or a part of it, is one that only the server tells. */
function isTold(value: Json): boolean {
  if (typeof value === 'string') return /^<[\w-]+\.[\w-]+\.\w+>$/.test(value);
  if (Array.isArray(value)) return (value as readonly Json[]).some(isTold);
  return isObject(value) && Object.values(value).some(isTold);
}

export function trimmed(path: string): string {
  return path.replaceAll(/^\/+|\/+$/g, '');
}
