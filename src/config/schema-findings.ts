import type { z } from 'zod';
import { fields, type Field } from './fields.ts';
import { nearest } from './nearest.ts';
import { mayShow } from './redact.ts';
import type { Finding, Path } from './refusal.ts';

/** Made when the first declaration is refused: most runs never need it. */
let known: readonly Field[] | undefined;

type Issue = z.core.$ZodIssue;

/** What zod refused, in words that say what to do. */
export function schemaFindings(issues: readonly Issue[], value: unknown): readonly Finding[] {
  known ??= fields();
  const all = known;
  return issues.flatMap((issue) => explain(issue, issue.path as Path, value, all));
}

function explain(
  issue: Issue,
  path: Path,
  root: unknown,
  known: readonly Field[],
): readonly Finding[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, known));
    case 'invalid_key':
      return [
        {
          path,
          aboutKey: true,
          problem: 'this name is not in the right form',
          fix: `write ${issue.issues[0]?.message ?? 'another name'}`,
          received: quoted(String(path.at(-1))),
        },
      ];
    case 'invalid_union':
      return union(issue, path, root, known);
    case 'invalid_type':
      return [typeFinding(issue, path, root, known)];
    case 'invalid_value':
      return [{ path, problem: 'not one of the choices', fix: choose(issue.values) }];
    case 'too_small':
    case 'too_big':
      return [{ path, ...size(issue) }];
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'custom':
      return [{ path, ...split(issue.message) }];
  }
}

/** Schema messages are either the form that is expected, or `problem -> fix`. */
function split(message: string): { problem: string; fix: string } {
  const [problem, fix] = message.split(' -> ');
  return fix === undefined || problem === undefined
    ? { problem: 'not in the form of this field', fix: `write ${message}` }
    : { problem, fix };
}

const units: Readonly<Record<string, string>> = { string: ' characters', array: ' entries' };

/** A schema with words of its own has said more than the bound. */
function size(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>) {
  if (!issue.message.startsWith('Too ')) return split(issue.message);
  const small = issue.code === 'too_small';
  const bound = String(small ? issue.minimum : issue.maximum);
  const unit = units[issue.origin] ?? '';
  const atLeast = small ? 'at least' : 'at most';
  if (small && bound === '1' && unit !== '') {
    return { problem: 'this is empty', fix: 'fill it in' };
  }
  return { problem: small ? 'too small' : 'too large', fix: `write ${atLeast} ${bound}${unit}` };
}

function union(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  root: unknown,
  known: readonly Field[],
): readonly Finding[] {
  if ('options' in issue && Array.isArray(issue.options)) {
    const missing = valueAt(root, path) === undefined;
    const problem = missing ? 'this field is missing' : 'not one of the choices';
    return [{ path, problem, fix: choose(issue.options) }];
  }
  // The variant that the writer most likely meant has the fewest faults.
  const variants = [...issue.errors].sort((a, b) => a.length - b.length);
  const [best, next] = variants;
  if (best === undefined || best.length === next?.length) {
    return [{ path, ...split(issue.message) }];
  }
  return best.flatMap((inner) => explain(inner, [...path, ...(inner.path as Path)], root, known));
}

function typeFinding(
  issue: Extract<Issue, { code: 'invalid_type' }>,
  path: Path,
  root: unknown,
  known: readonly Field[],
): Finding {
  const value = valueAt(root, path);
  const expected = typeNames[issue.expected] ?? issue.expected;
  if (value === undefined) {
    const [field] = at(path, known);
    const meaning = field?.schema.description;
    return {
      path,
      problem: 'this field is missing',
      fix: `add it: ${meaning ?? `it is ${expected}`}`,
    };
  }
  if (value === null) {
    return { path, problem: 'this field is empty', fix: `give it ${expected}` };
  }
  if (issue.expected === 'string' && typeof value !== 'object') {
    return { path, problem: 'this has to be text', fix: 'put it in quotes' };
  }
  return { path, problem: `this has to be ${expected}`, fix: `write ${expected} here` };
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map by name',
};

function unknownKey(key: string, path: Path, known: readonly Field[]): Finding {
  const siblings = children(path, known);
  const near = mayShow(key) ? nearest(key, siblings) : undefined;
  const list = [...siblings].join(', ');
  return {
    path: [...path, key],
    aboutKey: true,
    problem: 'there is no such field here',
    fix:
      near === undefined
        ? `remove it; the fields here are: ${list}`
        : `write ${near}, or remove it`,
    received: quoted(key),
  };
}

function quoted(key: string): string {
  return mayShow(key) ? `the key ${JSON.stringify(key)}` : 'a key (not shown)';
}

function choose(values: readonly unknown[]): string {
  return values.length === 1
    ? `write ${String(values[0])}`
    : `write one of ${values.map(String).join(', ')}`;
}

/** The schema's fields at a path of a declaration. */
function at(path: Path, known: readonly Field[]): readonly Field[] {
  const wanted = path.map(String);
  return known.filter(({ path: pattern }) => matches(steps(pattern), wanted));
}

function children(path: Path, known: readonly Field[]): ReadonlySet<string> {
  const wanted = path.map(String);
  return new Set(
    known
      .filter(({ path: pattern }) => {
        const parts = steps(pattern);
        return parts.length === wanted.length + 1 && matches(parts.slice(0, -1), wanted);
      })
      .map(({ key }) => key),
  );
}

const steps = (pattern: string) => pattern.replaceAll('[]', '.[]').split('.');

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, index) => part === '*' || part === '[]' || part === path[index])
  );
}

export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
