import { denied } from './refusal.ts';
import type { Identity, Permission, State } from './state.ts';

/** Where a secret lies. */
export interface Spot {
  readonly projectId: string;
  readonly environment: string;
  readonly secretPath: string;
}

/**
 * Whether an identity may do something to secrets of one folder: administrators everything, others what a
 * privilege of theirs in that project allows. Roles other than admin and no-access are not known here.
 */
export function may(
  state: State,
  identity: Identity,
  action: 'describeSecret' | 'readValue' | 'create' | 'edit' | 'delete',
  spot: Spot,
): boolean {
  if (identity.role === 'admin') return true;
  const here = (item: { readonly projectId: string; readonly identityId: string }) =>
    item.projectId === spot.projectId && item.identityId === identity.id;
  if (!Object.values(state.memberships).some(here)) return false;
  const rules = Object.values(state.privileges)
    .filter(here)
    .flatMap(({ permissions }) => permissions)
    .filter(({ subject }) => subject === 'secrets')
    .filter((rule) => covers(rule, action) && meets(rule, spot));
  return rules.length > 0 && rules.every(({ inverted }) => !inverted);
}

/** @throws Refusal  403 */
export function assertMay(
  state: State,
  identity: Identity | undefined,
  action: Parameters<typeof may>[2],
  spot: Spot,
): void {
  if (identity === undefined || !may(state, identity, action, spot))
    throw denied(action, 'secrets');
}

/** `read` is the older word for both. */
function covers({ action }: Permission, wanted: string): boolean {
  const old = ['describeSecret', 'readValue'].includes(wanted) && action.includes('read');
  return old || action.includes(wanted);
}

function meets({ conditions }: Permission, spot: Spot): boolean {
  return Object.entries(conditions ?? {}).every(([name, condition]) => {
    if (name !== 'environment' && name !== 'secretPath') return false;
    return holds(condition, spot[name]);
  });
}

/** Operators of a condition; an unknown one is not met. */
function holds(condition: unknown, value: string): boolean {
  if (typeof condition === 'string') return condition === value;
  if (typeof condition !== 'object' || condition === null) return false;
  return Object.entries(condition).every(([operator, operand]: [string, unknown]) => {
    switch (operator) {
      case '$eq':
        return operand === value;
      case '$neq':
        return operand !== value;
      case '$in':
        return Array.isArray(operand) && operand.includes(value);
      case '$glob':
        return typeof operand === 'string' && glob(operand).test(value);
      default:
        return false;
    }
  });
}

function glob(pattern: string): RegExp {
  const parts = pattern.split('**').map((part) =>
    part
      .split('*')
      .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join('[^/]*'),
  );
  return new RegExp(`^${parts.join('.*')}$`);
}
