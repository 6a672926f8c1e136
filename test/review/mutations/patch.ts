import type { Document } from 'yaml';
import type { StackName } from '../../../src/model/names.ts';
import { isObject, type Json } from '../../../src/synthesized/resource.ts';
import { resourcesIn, type Patch } from './example.ts';

/**
 * One row: what is changed, how, and what the review has to say: the verdicts that occur, the worst first, and
 * what one of the changes of the first has to name.
 */
export type Mutation = readonly [
  what: string,
  patch: Patch,
  verdicts: 'SAME' | Verdicts,
  names?: string,
];
type One = 'UNKNOWN' | 'WIDENS' | 'NARROWS';
type Verdicts = One | `${One} ${One}` | `${One} ${One} ${One}`;

/** A value at a place of the declaration; undefined takes it away. */
export function declared(place: string, value: unknown): Patch {
  const keys = place.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  return {
    declare: (document: Document) => {
      if (value === undefined) {
        if (!document.deleteIn(keys)) throw new Error(`the example has no ${place}`);
      } else document.setIn(keys, document.createNode(value));
    },
  };
}

/** One more in a list of the declaration. */
export function added(place: string, value: unknown): Patch {
  return {
    declare: (document) => {
      document.addIn(place.split('.'), document.createNode(value));
    },
  };
}

/** Several patches of the declaration. */
export function both(...patches: readonly Patch[]): Patch {
  return {
    declare: (document) => {
      for (const { declare } of patches) declare?.(document);
    },
  };
}

/** Several patches of the program. */
export function together(...patches: readonly Patch[]): Patch {
  return {
    compose: (stack) => {
      for (const { compose } of patches) compose?.(stack);
    },
  };
}

/** The escape of cdktf: `addOverride` on a resource that a construct made; undefined takes the argument away. */
export function overridden(
  stack: StackName,
  address: string,
  argument: string,
  value: unknown,
): Patch {
  const [type = '', ...name] = address.split('.');
  return {
    compose: (of) => {
      for (const resource of resourcesIn(of(stack), type, name.join('.'))) {
        resource.addOverride(argument, value);
      }
    },
  };
}

/** A text within a text of a resource, e.g. a line of an ACL policy or of an IAM document. */
export function rewritten(
  stack: StackName,
  address: string,
  argument: string,
  from: string,
  to: string,
): Patch {
  const [type = '', ...name] = address.split('.');
  return {
    compose: (of) => {
      for (const resource of resourcesIn(of(stack), type, name.join('.'))) {
        const { resource: all } = resource.toTerraform() as { resource: Json };
        const named = isObject(all) ? all[type] : undefined;
        const body = isObject(named) ? named[name.join('.')] : undefined;
        const text = isObject(body) ? body[argument] : undefined;
        if (typeof text !== 'string' || !text.includes(from)) {
          throw new Error(`${address}.${argument} has no "${from}"`);
        }
        resource.addOverride(argument, text.replace(from, to));
      }
    },
  };
}

/** JSON written by hand into the stack's file, past every construct. */
export function written(stack: StackName, block: string, value: unknown): Patch {
  return {
    compose: (of) => {
      of(stack).addOverride(block, value);
    },
  };
}

/** A resource that the constructs made, taken out of the program. */
export function dropped(stack: StackName, address: string): Patch {
  const [type = '', ...name] = address.split('.');
  return {
    compose: (of) => {
      for (const { node } of resourcesIn(of(stack), type, name.join('.'))) {
        if (node.scope?.node.tryRemoveChild(node.id) !== true) throw new Error(`${address} stays`);
      }
    },
  };
}
