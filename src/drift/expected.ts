import { argument, isUnresolved } from '../synthesized/reference.ts';
import { isObject, type Json, type Stack } from '../synthesized/resource.ts';
import { UserError } from '../user-error.ts';

/** One synthesized resource with its references resolved. */
export interface Wanted {
  readonly address: string;
  readonly name: string;
  readonly values: Readonly<Record<string, Json>>;
  /** Arguments that are written and that only the server, or an apply, tells. */
  readonly told: readonly string[];
}

/** What was synthesized for the stack `openbao`, by type and name: hand-written resources count as well. */
export class Expected {
  constructor(private readonly stack: Stack) {}

  /** @throws UserError  a name that cannot be told without a server */
  of(type: string, nameArgument: string): ReadonlyMap<string, Wanted> {
    const found = this.stack.resources
      .filter((resource) => resource.mode === 'managed' && resource.type === type)
      .map((resource): Wanted => {
        const values: [string, Json][] = [];
        const told: string[] = [];
        for (const key of Object.keys(resource.body)) {
          const value = argument(resource, key, this.stack);
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

  /** Aliases by entity: address of the entity to the paths of the auth methods that it may come by. */
  aliases(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const resource of this.stack.resources) {
      if (resource.type !== 'vault_identity_entity_alias') continue;
      const entity = this.target(argument(resource, 'canonical_id', this.stack));
      const method = this.target(argument(resource, 'mount_accessor', this.stack));
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
    return this.stack.resources.find((one) => one.address === address);
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
