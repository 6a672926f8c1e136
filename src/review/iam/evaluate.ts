import { holds, type Context } from './condition.ts';
import type { Statement } from './document.ts';
import { matches } from './glob.ts';

export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/**
 * Decides as IAM does for a role session in its own account: allowed by the role's policies AND by the
 * session policy where there is one, denied by neither (IAM user guide, "Policy evaluation logic").
 */
export function sessionAllows(
  role: readonly Statement[],
  session: readonly Statement[] | undefined,
  request: IamRequest,
): boolean {
  return allows(role, request) && (session === undefined || allows(session, request));
}

/** An explicit deny wins; without an allow it is denied. */
export function allows(policies: readonly Statement[], request: IamRequest): boolean {
  const found = policies.filter((statement) => applies(statement, request));
  return found.length > 0 && found.every(({ effect }) => effect === 'Allow');
}

function applies(statement: Statement, { action, resource, context }: IamRequest): boolean {
  const asked = action.toLowerCase();
  const any = (patterns: readonly string[], text: string) =>
    patterns.some((pattern) => matches(pattern, text));
  if (statement.actions !== undefined && !any(statement.actions, asked)) return false;
  if (statement.notActions !== undefined && any(statement.notActions, asked)) return false;
  if (statement.resources !== undefined && !any(statement.resources, resource)) return false;
  if (statement.notResources !== undefined && any(statement.notResources, resource)) return false;
  return statement.conditions.every((condition) => holds(condition, context));
}
