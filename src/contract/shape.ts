import { UserError } from '../user-error.ts';

/**
 * Guards for JSON from outside, written by hand: the client is started hundreds of times a day, and a
 * schema library would take longer to load than its work. A refusal names the place and never the value.
 */

/** Something from outside has not the form that it must have; the message holds none of it. */
export class ShapeError extends UserError {
  override readonly name = 'ShapeError';
}

/** An object of JSON, and where it stands, for messages. */
export interface Shape {
  readonly at: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** @throws ShapeError  no object */
export function object(value: unknown, at: string): Shape {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(`${at} is no object`);
  }
  return { at, value: value as Record<string, unknown> };
}

function member(shape: Shape, key: string): unknown {
  return Object.hasOwn(shape.value, key) ? shape.value[key] : undefined;
}

/** @throws ShapeError  as for {@link object} */
export function inside(shape: Shape, key: string): Shape {
  return object(member(shape, key), `${shape.at}.${key}`);
}

export function has(shape: Shape, key: string): boolean {
  const value = member(shape, key);
  return value !== undefined && value !== null;
}

/** @throws ShapeError  no text, or an empty one */
export function text(shape: Shape, key: string): string {
  const value = member(shape, key);
  if (typeof value !== 'string' || value === '')
    throw new ShapeError(`${shape.at}.${key} is no text`);
  return value;
}

/** @throws ShapeError  no URL of https: nothing secret goes over another */
export function https(shape: Shape, key: string): string {
  const url = text(shape, key);
  if (!url.startsWith('https://')) throw new ShapeError(`${shape.at}.${key} is not https`);
  return url;
}

/** @throws ShapeError  neither absent nor a text */
export function optionalText(shape: Shape, key: string): string | undefined {
  return has(shape, key) ? text(shape, key) : undefined;
}

/** @throws ShapeError  no finite number */
export function number(shape: Shape, key: string): number {
  const value = member(shape, key);
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ShapeError(`${shape.at}.${key} is no number`);
  }
  return value;
}

/** @throws ShapeError  no list of texts */
export function texts(shape: Shape, key: string): readonly string[] {
  const value = member(shape, key);
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw new ShapeError(`${shape.at}.${key} is no list of texts`);
  }
  return value as readonly string[];
}

/** @throws ShapeError  no list of objects */
export function objects(shape: Shape, key: string): readonly Shape[] {
  const value = member(shape, key);
  if (!Array.isArray(value)) throw new ShapeError(`${shape.at}.${key} is no list`);
  return value.map((item, index) => object(item, `${shape.at}.${key}[${String(index)}]`));
}

/** @throws ShapeError  none of `allowed` */
export function oneOf<T extends string>(shape: Shape, key: string, allowed: readonly T[]): T {
  const value = member(shape, key);
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw new ShapeError(`${shape.at}.${key} is none of ${allowed.join(', ')}`);
  return found;
}

/** An object used as a map: every member is read by `read`. */
export function record<T>(
  shape: Shape,
  key: string,
  read: (value: Shape, name: string) => T,
): Readonly<Record<string, T>> {
  const { value, at } = inside(shape, key);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, read(object(item, `${at}.${name}`), name)]),
  );
}

/** An object used as a map of texts. */
export function textRecord(shape: Shape, key: string): Readonly<Record<string, string>> {
  const inner = inside(shape, key);
  return Object.fromEntries(Object.keys(inner.value).map((name) => [name, text(inner, name)]));
}
