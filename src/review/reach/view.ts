import { argument, isUnresolved, type Unresolved } from '../../synthesized/reference.ts';
import type { Json, Resource, Stack, Synthesized } from '../../synthesized/resource.ts';

/** A synthesized output as the comparers ask it. */
export interface View {
  readonly all: readonly Located[];
  of(type: string): readonly Located[];
}

/** A resource and the stack whose references it may hold. */
export interface Located {
  readonly resource: Resource;
  readonly stack: Stack;
}

export function view({ stacks }: Synthesized): View {
  const all = stacks.flatMap((stack) => stack.resources.map((resource) => ({ resource, stack })));
  const byType = new Map<string, Located[]>();
  for (const located of all) {
    const { type, mode } = located.resource;
    if (mode !== 'managed') continue;
    const list = byType.get(type) ?? [];
    list.push(located);
    byType.set(type, list);
  }
  return { all, of: (type) => byType.get(type) ?? [] };
}

export function at({ resource, stack }: Located, name: string): Json | Unresolved | undefined {
  return argument(resource, name, stack);
}

/** @returns undefined where it is no text, or none that is known before the apply */
export function textAt(located: Located, name: string): string | undefined {
  const value = at(located, name);
  return typeof value === 'string' ? value : undefined;
}

/** @returns undefined where one of them is not known before the apply; an empty list where there is none */
export function textsAt(located: Located, name: string): readonly string[] | undefined {
  const value = at(located, name);
  if (value === undefined || value === null) return [];
  if (isUnresolved(value) || !Array.isArray(value)) return undefined;
  const list = value as readonly Json[];
  return list.every((one) => typeof one === 'string') ? list : undefined;
}

/** `stack: address`, as a person finds it. */
export function place({ resource }: Located): string {
  return `${resource.stack}: ${resource.address}`;
}
