import { parseOperator, type Condition } from './condition.ts';
import { DocumentUnreadable } from './unreadable.ts';

export { DocumentUnreadable } from './unreadable.ts';

/**
 * Policy documents of IAM as they stand in what was synthesized (IAM JSON policy reference). What is not
 * understood is told and never skipped.
 */

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Lower case, as IAM compares actions; undefined where `notActions` stands. */
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  /** Type (AWS, Service, Federated, ...) to names; `{ AWS: ['*'] }` for everybody. */
  readonly principals: Readonly<Record<string, readonly string[]>> | undefined;
  readonly conditions: readonly Condition[];
}

/** @throws DocumentUnreadable */
export function parseDocument(text: string): readonly Statement[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new DocumentUnreadable('no JSON');
  }
  const { Statement: statements, ...rest } = asObject(json, 'the document');
  for (const key of Object.keys(rest)) {
    if (key !== 'Version' && key !== 'Id') throw new DocumentUnreadable(`"${key}" at the top`);
  }
  if (rest['Version'] !== '2012-10-17') throw new DocumentUnreadable('a version without variables');
  const list: readonly unknown[] = Array.isArray(statements) ? statements : [statements];
  return list.map((one) => parseStatement(asObject(one, 'a statement')));
}

const known: ReadonlySet<string> = new Set([
  ...['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Principal', 'Condition'],
]);

function parseStatement(json: Readonly<Record<string, unknown>>): Statement {
  for (const key of Object.keys(json)) {
    if (!known.has(key)) throw new DocumentUnreadable(`"${key}" in a statement`);
  }
  const effect = json['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new DocumentUnreadable('an effect of neither kind');
  if ((json['Action'] === undefined) === (json['NotAction'] === undefined)) {
    throw new DocumentUnreadable('a statement with neither or both of Action and NotAction');
  }
  return {
    effect,
    actions: texts(json['Action'])?.map((action) => action.toLowerCase()),
    notActions: texts(json['NotAction'])?.map((action) => action.toLowerCase()),
    resources: texts(json['Resource']),
    notResources: texts(json['NotResource']),
    principals: json['Principal'] === undefined ? undefined : principals(json['Principal']),
    conditions: conditions(json['Condition']),
  };
}

function principals(value: unknown): Readonly<Record<string, readonly string[]>> {
  if (value === '*') return { AWS: ['*'] };
  return Object.fromEntries(
    Object.entries(asObject(value, 'a principal')).map(([type, names]) => [
      type,
      texts(names) ?? [],
    ]),
  );
}

function conditions(value: unknown): readonly Condition[] {
  if (value === undefined) return [];
  return Object.entries(asObject(value, 'a condition')).flatMap(([operator, keys]) => {
    parseOperator(operator);
    return Object.entries(asObject(keys, `the condition ${operator}`)).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      values: [...(texts(values) ?? [])].sort(),
    }));
  });
}

function texts(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => {
    if (typeof one === 'boolean' || typeof one === 'number') return String(one);
    if (typeof one !== 'string') throw new DocumentUnreadable('a value that is no text');
    // A policy variable depends on who asks; none of the values here is one (`$${` was resolved before).
    if (one.includes('${')) throw new DocumentUnreadable('a policy variable');
    return one;
  });
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DocumentUnreadable(`${what} that is no object`);
  }
  return value as Readonly<Record<string, unknown>>;
}
