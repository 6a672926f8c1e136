import type { Api } from './api.ts';
import type { Rules } from './plan.ts';
import type { Values } from '../provider-protocol/value.ts';

/** Attributes as a row tells them, still in JSON; what is missing stays as it was planned or kept. */
export type Found = Readonly<Record<string, unknown>>;

/** How one resource type lives in Infisical. */
export interface Row {
  readonly rules: Rules;
  /** What is wrong with a configuration, for a person; undefined where nothing is. */
  readonly validate?: (config: Values) => string | undefined;
  create(api: Api, planned: Values): Promise<Found>;
  /** @returns undefined when it is gone */
  read(api: Api, state: Values): Promise<Found | undefined>;
  update(api: Api, planned: Values, prior: Values): Promise<Found>;
  remove(api: Api, state: Values): Promise<void>;
}

/** A text attribute; empty where it is not set or not known. */
export function text(values: Values, name: string): string {
  const value = values[name];
  return typeof value === 'string' ? value : '';
}

export function flag(values: Values, name: string): boolean {
  return values[name] === true;
}

export function number(values: Values, name: string): number {
  const value = values[name];
  return typeof value === 'number' ? value : 0;
}
