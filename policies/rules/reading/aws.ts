import type { Statement } from '../../../src/review/iam/document.ts';
import { textAt, type Located, type View } from '../../../src/review/reach/view.ts';
import { documents } from './iam.ts';
import type { RuleView } from './rule.ts';

export const rolesAnywhere = 'rolesanywhere.amazonaws.com';

export interface Principal {
  /** AWS, Service, Federated, CanonicalUser. */
  readonly type: string;
  readonly name: string;
}

/** Who may become each role, one by one. */
export interface Trust {
  readonly located: Located;
  readonly role: string;
  readonly principal: Principal;
  readonly statement: Statement;
}

export function trusts(view: RuleView): readonly Trust[] {
  return documents(view, 'trust').flatMap(({ located, statements }) =>
    statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap((statement) =>
        Object.entries(statement.principals ?? { AWS: ['*'] }).flatMap(([type, names]) =>
          names.map((name) => ({
            located,
            role: textAt(located, 'name') ?? located.resource.name,
            principal: { type, name },
            statement,
          })),
        ),
      ),
  );
}

/** Name of the role of an exact role ARN; undefined for any other principal. */
export function roleOfArn(arn: string): string | undefined {
  return /^arn:aws[a-z-]*:iam::\d{12}:role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]+)$/.exec(arn)?.[1];
}

/**
 * The broker: the role that Roles Anywhere gives to OpenBao; where there is none, the one of these roles
 * that others trust.
 */
export function brokers(view: RuleView): ReadonlySet<string> {
  const all = trusts(view);
  const anywhere = all.filter(
    ({ principal }) => principal.type === 'Service' && principal.name === rolesAnywhere,
  );
  if (anywhere.length > 0) return new Set(anywhere.map(({ role }) => role));
  const roles = new Set(all.map(({ role }) => role));
  const trusted = all.flatMap(({ principal }) =>
    principal.type === 'AWS' ? [roleOfArn(principal.name)] : [],
  );
  return new Set(trusted.filter((name) => name !== undefined && roles.has(name)) as string[]);
}

/** What of this type belongs to a bucket. */
export function ofBucket(view: View, bucket: Located, type: string): readonly Located[] {
  const name = textAt(bucket, 'bucket');
  return name === undefined
    ? []
    : view.of(type).filter((one) => one.stack === bucket.stack && textAt(one, 'bucket') === name);
}
