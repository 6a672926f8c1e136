/**
 * What was synthesized, as Terraform will read it: also what was written into it by an override or by hand
 * counts. Nothing of the program that made it is needed to read it.
 */

/** JSON as Terraform's JSON syntax has it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface Resource {
  readonly stack: string;
  readonly mode: 'managed' | 'data' | 'ephemeral';
  /** E.g. `vault_policy`. */
  readonly type: string;
  /** Its name in Terraform. */
  readonly name: string;
  /** `type.name`; `data.type.name` and `ephemeral.type.name` for what is only read. */
  readonly address: string;
  /** Where it comes from in the program, e.g. `openbao/consumer-unpoller/Resource`; undefined for what was written by hand. */
  readonly constructPath: string | undefined;
  /** Its arguments, as written. */
  readonly body: JsonObject;
}

export interface Stack {
  readonly name: string;
  readonly resources: readonly Resource[];
  /** Everything else of the file by block: provider, terraform, output, locals, variable, module, ... */
  readonly blocks: JsonObject;
}

export interface Synthesized {
  readonly stacks: readonly Stack[];
}

export function allResources({ stacks }: Synthesized): readonly Resource[] {
  return stacks.flatMap(({ resources }) => resources);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A nested block, which Terraform's JSON lets stand alone or in a list. */
export function blocksOf(value: Json | undefined): readonly JsonObject[] {
  if (Array.isArray(value)) return (value as readonly Json[]).filter(isObject);
  return isObject(value) ? [value] : [];
}
