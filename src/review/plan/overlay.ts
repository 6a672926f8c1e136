import { isUnresolved, resolveJson } from '../../synthesized/reference.ts';
import { isObject, type Json, type JsonObject, type Stack } from '../../synthesized/resource.ts';

/** What stands for a sensitive value: an expression that nobody can evaluate, so it is never called harmless. */
export const sensitive = '${a sensitive value}';

/**
 * What is written, with the expressions that only Terraform can evaluate replaced by what the plan says of them.
 * What is known only after the apply, sensitive, or null (as a write-only argument always is) stays unresolved.
 */
export function resolvedBy(
  written: Json,
  stack: Stack,
  { value, hidden, unknown }: Readonly<Record<'value' | 'hidden' | 'unknown', Json | undefined>>,
): Json {
  if (!isUnresolved(resolveJson(written, stack))) return written;
  if (value === undefined || value === null) return written;
  const [inner, known] = [blockOf(written), blockOf(value)];
  if (inner !== undefined && known !== undefined) {
    return asWritten(
      written,
      Object.fromEntries(
        Object.entries(inner).map(([key, one]) => [
          key,
          resolvedBy(one, stack, {
            value: known[key],
            hidden: part(hidden, key),
            unknown: part(unknown, key),
          }),
        ]),
      ),
    );
  }
  return isMarked(hidden) || isMarked(unknown) ? written : literal(value, undefined);
}

/**
 * What is written, with each argument whose value differs from `to` to `from` as it is in `from`: a resource as the
 * server has it, in the words of the program that declares it.
 */
export function asIn(
  written: Json | undefined,
  { from, to, hidden }: Readonly<Record<'from' | 'to' | 'hidden', Json | undefined>>,
): Json | undefined {
  if (isSame(from, to)) return written;
  const [inner, old, now] = [blockOf(written ?? {}), blockOf(from), blockOf(to)];
  if (inner !== undefined && old !== undefined && now !== undefined) {
    const names = [...new Set([...Object.keys(inner), ...Object.keys(old), ...Object.keys(now)])];
    return asWritten(
      written ?? {},
      Object.fromEntries(
        names.flatMap((name) => {
          const one = asIn(inner[name], {
            from: old[name],
            to: now[name],
            hidden: part(hidden, name),
          });
          return one === undefined ? [] : [[name, one] as const];
        }),
      ),
    );
  }
  return from === undefined || from === null ? undefined : literal(from, hidden);
}

/** A value of the server as Terraform's JSON syntax writes it; what it must not show is {@link sensitive}. */
export function literal(value: Json, hidden: Json | undefined): Json {
  if (hidden === true) return sensitive;
  if (typeof value === 'string') return value.replace(/[$%](?=\{)/g, '$&$&');
  if (Array.isArray(value)) {
    const marks: readonly Json[] = Array.isArray(hidden) ? (hidden as readonly Json[]) : [];
    return (value as readonly Json[]).map((one, index) => literal(one, marks[index]));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, literal(one, part(hidden, key))]),
  );
}

/** Nothing, null and an empty list are one and the same to Terraform's older providers. */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  const plain = (value: Json | undefined) =>
    JSON.stringify(Array.isArray(value) && value.length === 0 ? null : (value ?? null));
  return plain(one) === plain(other);
}

/** An object, or a list of just one: what a nested block is. */
function blockOf(value: Json | undefined): JsonObject | undefined {
  if (isObject(value)) return value;
  if (!Array.isArray(value) || value.length !== 1) return undefined;
  const [only] = value as readonly Json[];
  return isObject(only) ? only : undefined;
}

function asWritten(written: Json, block: JsonObject): Json {
  return Array.isArray(written) ? [block] : block;
}

function part(marks: Json | undefined, key: string): Json | undefined {
  return marks === true ? true : blockOf(marks)?.[key];
}

/** Whether anything in it is marked. */
function isMarked(marks: Json | undefined): boolean {
  if (Array.isArray(marks)) return (marks as readonly Json[]).some(isMarked);
  return isObject(marks) ? Object.values(marks).some(isMarked) : marks === true;
}
