import { isObject, type Json, type Resource, type Stack } from './resource.ts';

/** A text whose value only Terraform will know, or that this reader does not understand. */
export interface Unresolved {
  readonly unresolved: string;
}

export function isUnresolved(value: unknown): value is Unresolved {
  return typeof value === 'object' && value !== null && 'unresolved' in value;
}

/** What an attribute that only the server tells stands for: the same in both outputs of a review. */
const toldByServer: ReadonlySet<string> = new Set([
  'id',
  'arn',
  'accessor',
  'role_id',
  'certificate',
]);

/**
 * Attributes that are not written but follow from what is, for the types whose references are read here:
 * a text from which an argument is taken.
 */
const derived: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws_iam_role: { id: 'name' },
  aws_s3_bucket: { id: 'bucket' },
  aws_dynamodb_table: { id: 'name' },
  vault_auth_backend: { id: 'path' },
  vault_mount: { id: 'path' },
  vault_policy: { id: 'name' },
};

/**
 * Resolves references of a text against the literal arguments of its own stack: `${vault_policy.a.name}`
 * becomes the policy's name. `$${` and `%%{` are the texts that they escape. An attribute that only a
 * server tells becomes a stable name of its own, `<type.name.attribute>`; any other expression, function or
 * directive is unresolved.
 */
export function resolveText(text: string, stack: Stack, depth = 0): string | Unresolved {
  let rest = text;
  let resolved = '';
  for (;;) {
    const start = rest.search(/[$%]\{/);
    if (start < 0) return resolved + rest;
    const mark = rest[start] ?? '';
    if (rest[start - 1] === mark) {
      resolved += `${rest.slice(0, start - 1)}${mark}{`;
      rest = rest.slice(start + 2);
      continue;
    }
    const end = rest.indexOf('}', start);
    if (mark === '%' || end < 0) return { unresolved: text };
    const value = reference(rest.slice(start + 2, end), stack, depth);
    if (value === undefined) return { unresolved: text };
    resolved += rest.slice(0, start) + value;
    rest = rest.slice(end + 1);
  }
}

/** References lead to others; a circle, which Terraform refuses as well, ends here. */
const deepest = 8;

const managed = new WeakMap<Stack, ReadonlyMap<string, Resource>>();

/** By address: thousands of references are looked up in one stack. */
function managedOf(stack: Stack): ReadonlyMap<string, Resource> {
  const known = managed.get(stack);
  if (known !== undefined) return known;
  const found = new Map(
    stack.resources.filter(({ mode }) => mode === 'managed').map((one) => [one.address, one]),
  );
  managed.set(stack, found);
  return found;
}

function reference(expression: string, stack: Stack, depth: number): string | undefined {
  const match = /^\s*([a-z][\w]*)\.([\w-]+)\.([\w]+)\s*$/.exec(expression);
  if (match === null) return undefined;
  const [, type = '', name = '', attribute = ''] = match;
  const target = managedOf(stack).get(`${type}.${name}`);
  if (target === undefined) return undefined;
  const argument = derived[type]?.[attribute] ?? attribute;
  const value = target.body[argument];
  if (value === undefined || value === null) {
    return toldByServer.has(attribute) ? `<${target.address}.${attribute}>` : undefined;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string' || depth >= deepest) return undefined;
  const inner = resolveText(value, stack, depth + 1);
  return isUnresolved(inner) ? undefined : inner;
}

/** An argument of a resource with every text in it resolved. */
export function argument(
  resource: Resource,
  name: string,
  stack: Stack,
): Json | Unresolved | undefined {
  const value = resource.body[name];
  return value === undefined ? undefined : resolveJson(value, stack);
}

/** A value of a resource's body with every text in it resolved; one that is not makes the whole unresolved. */
export function resolveJson(value: Json, stack: Stack): Json | Unresolved {
  if (typeof value === 'string') return resolveText(value, stack);
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => resolveJson(item, stack));
    return items.find(isUnresolved) ?? (items as readonly Json[]);
  }
  if (isObject(value)) {
    const entries = Object.entries(value).map(
      ([key, item]) => [key, resolveJson(item, stack)] as const,
    );
    const open = entries.find(([, item]) => isUnresolved(item));
    return open === undefined ? (Object.fromEntries(entries) as Json) : open[1];
  }
  return value;
}
