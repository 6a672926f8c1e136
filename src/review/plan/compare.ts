import {
  isObject,
  type Json,
  type JsonObject,
  type Resource,
  type Stack,
  type Synthesized,
} from '../../synthesized/resource.ts';
import { UserError } from '../../user-error.ts';
import type { Change } from '../reach/change.ts';
import { compareReach } from '../reach/compare.ts';
import { asIn, isSame, literal, resolvedBy } from './overlay.ts';
import type { Plan, PlannedChange } from './plan.ts';

/**
 * What a change does to reach, with what plans of head know beside it:
 *
 * - an expression that only Terraform evaluates has its value, on both sides;
 * - `against the server`: what an apply changes on the server and the declaration does not tell, as the server is
 *   not what the base declares (changed by hand, or not applied yet);
 * - `kept on the server`: what was changed there and an apply leaves so.
 *
 * Nothing that the comparison without a plan finds is left out, but for expressions that have become the same.
 *
 * @throws UserError  a plan of a stack that head does not have, or one that was made from something else than head
 */
export function compareReachWithPlans(
  before: Synthesized,
  after: Synthesized,
  plans: ReadonlyMap<string, Plan>,
): readonly Change[] {
  for (const [name, plan] of plans) {
    const stack = after.stacks.find((one) => one.name === name);
    if (stack === undefined) throw new UserError(`head has no stack "${name}" for the plan of it`);
    refuseOther(stack, plan);
  }
  const each = ({ stacks }: Synthesized, of: (stack: Stack, plan: Plan) => Stack): Synthesized => ({
    stacks: stacks.map((stack) => {
      const plan = plans.get(stack.name);
      return plan === undefined ? stack : of(stack, plan);
    }),
  });
  const was = each(before, (stack, plan) => resolved(stack, plan, 'before'));
  const is = each(after, (stack, plan) => resolved(stack, plan, 'after'));
  const left = each(is, withKept);
  const live = each(left, (stack, plan) =>
    asServerHas(
      stack,
      plan,
      before.stacks.find(({ name }) => name === stack.name),
    ),
  );
  const declared = compareReach(was, is);
  const known = new Set(declared.map(keyOf));
  return [
    ...declared,
    ...compareReach(live, left)
      .filter((one) => !known.has(keyOf(one)))
      .map((one) => ({ ...one, what: `against the server: ${one.what}` })),
    ...compareReach(is, left).map((one) => ({ ...one, what: `kept on the server: ${one.what}` })),
  ];
}

function keyOf({ verdict, subject, what, before, after }: Change): string {
  return JSON.stringify([verdict, subject, what, before, after]);
}

function managed(stack: Stack, change: (resource: Resource) => readonly Resource[]): Stack {
  return {
    ...stack,
    resources: stack.resources.flatMap((one) => (one.mode === 'managed' ? change(one) : [one])),
  };
}

function resolved(stack: Stack, plan: Plan, side: 'before' | 'after'): Stack {
  return managed(stack, (resource) => {
    const change = plan.changes.get(resource.address);
    const value = change?.[side];
    if (change === undefined || value === undefined) return [resource];
    const unknown = side === 'after' ? change.unknown : undefined;
    const facts = { value, hidden: change.hidden[side], unknown };
    return [{ ...resource, body: body(resolvedBy(resource.body, stack, facts)) }];
  });
}

/** Told of another resource, or of no consequence: what differs there is looked at where it is declared. */
const toldElsewhere: Readonly<Record<string, readonly string[]>> = {
  aws_s3_bucket: ['policy', 'versioning', 'server_side_encryption_configuration'],
};

/** Drift that the plan does not undo: it is what head will be, whatever head says. */
function withKept(stack: Stack, plan: Plan): Stack {
  const drift = new Map(plan.drift.map((one) => [one.address, one]));
  return managed(stack, (resource) => {
    const drifted = drift.get(resource.address);
    const planned = plan.changes.get(resource.address)?.after;
    if (!isObject(drifted?.before) || !isObject(drifted.after) || !isObject(planned)) {
      return [resource];
    }
    const { before: recorded, after: there, hidden } = drifted;
    const names = Object.keys(there).filter(
      (name) =>
        isSame(there[name], planned[name]) && !(toldElsewhere[resource.type] ?? []).includes(name),
    );
    const only = (of: JsonObject) =>
      Object.fromEntries(names.map((name) => [name, of[name] ?? null]));
    const facts = { from: only(there), to: only(recorded), hidden: hidden.after };
    return [{ ...resource, body: body(asIn(resource.body, facts)) }];
  });
}

/** What an apply would find: head without the changes that the plan makes, and with what it removes. */
function asServerHas(stack: Stack, plan: Plan, base: Stack | undefined): Stack {
  const there = managed(stack, (resource) => {
    const change = plan.changes.get(resource.address);
    if (change === undefined) return [resource];
    const { before, after, unknown, hidden } = change;
    if (before === undefined) return [];
    // What the server tells of itself (an id) and the apply will tell anew is no argument.
    const told = (name: string) =>
      isObject(unknown) && unknown[name] === true && !Object.hasOwn(resource.body, name);
    const from = Object.entries(body(before)).filter(([name]) => !told(name));
    const facts = { from: Object.fromEntries(from), to: after ?? null, hidden: hidden.before };
    return [{ ...resource, body: body(asIn(resource.body, facts)) }];
  });
  const gone = [...plan.changes.values()]
    .filter(({ actions }) => actions.length === 1 && actions[0] === 'delete')
    .map(
      (change) =>
        base?.resources.find(({ address }) => address === change.address) ??
        asRead(stack.name, change),
    );
  return { ...there, resources: [...there.resources, ...gone] };
}

/** A resource that stands in neither side: made by an older declaration, and still there. */
function asRead(stack: string, { address, type, name, before, hidden }: PlannedChange): Resource {
  const read = isObject(before) ? before : {};
  const written = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== null));
  return {
    ...{ stack, address, type, name, mode: 'managed', constructPath: undefined },
    body: body(literal(written, hidden.before)),
  };
}

function body(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/**
 * A plan of something else would make an unknown known that it knows nothing of. Of a file in JSON Terraform shows
 * every argument as it is written there, expressions too (seen with 1.11.4); of nested blocks it shows none.
 */
function refuseOther(stack: Stack, { configuration }: Plan): void {
  const other = (address: string) =>
    new UserError(
      `the plan of the stack ${stack.name} was made from something else than head: ${address} differs; ` +
        'plan what is reviewed',
    );
  const mine = stack.resources.filter(({ mode }) => mode === 'managed');
  const addresses = new Set(mine.map(({ address }) => address));
  for (const address of configuration.keys()) if (!addresses.has(address)) throw other(address);
  for (const { address, body: written } of mine) {
    const planned = configuration.get(address);
    if (planned === undefined) throw other(address);
    for (const [name, expression] of Object.entries(planned)) {
      const constant = isObject(expression) ? expression['constant_value'] : undefined;
      if (constant === undefined) continue;
      if (sameConstant(written[name], constant)) continue;
      throw other(`${address}, ${name}`);
    }
  }
}

/** JSON lets a number stand as a text. */
function sameConstant(one: Json | undefined, other: Json): boolean {
  const texts = (value: Json | undefined) =>
    JSON.stringify(value ?? null, (_, inner: unknown) =>
      typeof inner === 'number' || typeof inner === 'boolean' ? String(inner) : inner,
    );
  return texts(one) === texts(other);
}
