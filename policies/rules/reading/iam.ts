import {
  DocumentUnreadable,
  parseDocument,
  type Statement,
} from '../../../src/review/iam/document.ts';
import { at, textAt, type Located, type View } from '../../../src/review/reach/view.ts';
import { blocksOf } from '../../../src/synthesized/resource.ts';
import { found, type Found, type RuleView } from './rule.ts';

/**
 * identity: what a role may; session: what narrows a session of it; trust: who may become it; bucket: what a
 * bucket says about everybody.
 */
export type Kind = 'identity' | 'session' | 'trust' | 'bucket';

export interface IamDocument {
  readonly located: Located;
  readonly kind: Kind;
  readonly statements: readonly Statement[];
}

const places: readonly (readonly [type: string, attribute: string, kind: Kind])[] = [
  ['aws_iam_role_policy', 'policy', 'identity'],
  ['aws_iam_policy', 'policy', 'identity'],
  ['aws_iam_user_policy', 'policy', 'identity'],
  ['aws_iam_group_policy', 'policy', 'identity'],
  ['vault_aws_secret_backend_role', 'policy_document', 'session'],
  ['aws_iam_role', 'assume_role_policy', 'trust'],
  ['aws_s3_bucket_policy', 'policy', 'bucket'],
  ['aws_s3_bucket', 'policy', 'bucket'],
];

interface Read {
  readonly documents: readonly IamDocument[];
  readonly unreadable: readonly Found[];
}

const read = new WeakMap<View, Read>();

/** Every document of these kinds that can be read; `aws-policy-unreadable` speaks of the others. */
export function documents(view: RuleView, ...kinds: readonly Kind[]): readonly IamDocument[] {
  return readAll(view).documents.filter(({ kind }) => kinds.includes(kind));
}

export function unreadableDocuments(view: RuleView): readonly Found[] {
  return readAll(view).unreadable;
}

function readAll(view: RuleView): Read {
  const there = read.get(view);
  if (there !== undefined) return there;
  const documents: IamDocument[] = [];
  const unreadable: Found[] = [];
  for (const [type, attribute, kind] of places) {
    for (const located of view.of(type)) {
      if (at(located, attribute) === undefined) continue;
      const text = textAt(located, attribute);
      if (text === undefined) {
        unreadable.push(found(located, 'it is known only after an apply', attribute));
        continue;
      }
      try {
        documents.push({ located, kind, statements: parseDocument(text) });
      } catch (error) {
        if (!(error instanceof DocumentUnreadable)) throw error;
        unreadable.push(found(located, `it has ${error.message}`, attribute));
      }
    }
  }
  for (const located of view.of('aws_iam_role')) {
    if (blocksOf(located.resource.body['inline_policy']).length > 0) {
      unreadable.push(found(located, 'only aws_iam_role_policy is read', 'inline_policy'));
    }
  }
  const all = { documents, unreadable };
  read.set(view, all);
  return all;
}

/** Allowances one by one, as they stand in a document. */
export function allowances(view: RuleView, ...kinds: readonly Kind[]) {
  return documents(view, ...kinds).flatMap((document) =>
    document.statements
      .filter(({ effect }) => effect === 'Allow')
      .map((statement) => ({ ...document, statement })),
  );
}
