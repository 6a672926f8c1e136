import { UserError } from '../user-error.ts';
import { isObject, type Json, type JsonObject, type Resource, type Stack } from './resource.ts';

const modes = { resource: 'managed', data: 'data', ephemeral: 'ephemeral' } as const;

/**
 * One stack from the text of its `cdk.tf.json`.
 *
 * @param file  for messages
 * @throws UserError  it is no Terraform JSON
 */
export function parseStack(name: string, text: string, file: string): Stack {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    throw new UserError(`${file} is no JSON; synthesize it again`);
  }
  if (!isObject(json)) throw new UserError(`${file} is no object; synthesize it again`);
  const { resource, data, ephemeral, ...blocks } = json;
  return {
    name,
    resources: [
      ...resourcesOf(name, 'resource', resource, file),
      ...resourcesOf(name, 'data', data, file),
      ...resourcesOf(name, 'ephemeral', ephemeral, file),
    ],
    blocks,
  };
}

function resourcesOf(
  stack: string,
  block: keyof typeof modes,
  value: Json | undefined,
  file: string,
): readonly Resource[] {
  if (value === undefined) return [];
  if (!isObject(value)) throw new UserError(`${file}: "${block}" is no object`);
  return Object.entries(value).flatMap(([type, named]) => {
    if (!isObject(named)) throw new UserError(`${file}: ${block}.${type} is no object`);
    return Object.entries(named).map(([name, written]): Resource => {
      if (!isObject(written)) throw new UserError(`${file}: ${block}.${type}.${name} is no object`);
      const { '//': comment, ...body } = written;
      return {
        stack,
        mode: modes[block],
        type,
        name,
        address: `${block === 'resource' ? '' : `${block}.`}${type}.${name}`,
        constructPath: constructPath(comment),
        body,
      };
    });
  });
}

function constructPath(comment: Json | undefined): string | undefined {
  const metadata: Json | undefined = isObject(comment) ? comment['metadata'] : undefined;
  const path = isObject(metadata) ? metadata['path'] : undefined;
  return typeof path === 'string' ? path : undefined;
}

/** @returns the first object that is below `keys`, or undefined */
export function below(value: JsonObject, ...keys: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const key of keys) here = isObject(here) ? here[key] : undefined;
  return here;
}
