import { number, object, ShapeError, text } from '../../contract/shape.ts';
import { call, type Connection } from '../openbao.ts';
import { answered } from './answered.ts';
import {
  judgeLookup,
  judgeUnwrap,
  type Expected,
  type NoAnswer,
  type Opened,
  type Wrapping,
} from './judge.ts';
import type { Patience } from './patience.ts';
import type { Verdict } from './verdict.ts';

/** A SecretID that nobody else saw. */
export interface Fresh {
  readonly kind: 'fresh';
  readonly opened: Opened;
  /** When it was wrapped, which is when it was made. */
  readonly made: Date;
}

/**
 * Looks a wrapping token up, and opens it if it is what the issuer makes for this role.
 *
 * A server that does not answer is asked again. An opening whose answer was lost is not repeated before the
 * token was looked up anew: it is still there, or it counts as opened by somebody.
 *
 * @param opening  called before the token is used up
 */
export async function openDelivery(
  connection: Connection,
  wrappingToken: string,
  expected: Expected,
  patience: Patience,
  opening: () => void,
): Promise<Fresh | Verdict> {
  let known = expected;
  for (;;) {
    const looked = await lookup(connection, wrappingToken);
    let verdict = judgeLookup(looked, known);
    if (verdict === undefined && looked.kind === 'wrapping') {
      opening();
      const opened = await unwrap(connection, wrappingToken);
      verdict = judgeUnwrap(opened, known);
      if (verdict === undefined && opened.kind === 'opened') {
        return { kind: 'fresh', opened, made: looked.creationTime };
      }
      if (opened.kind === 'unreachable') known = { ...known, openedHere: new Date() };
    }
    if (verdict === undefined) throw new Error('an answer without a verdict');
    if (verdict.name !== 'unreachable' || !(await patience.again())) return verdict;
  }
}

async function lookup(connection: Connection, token: string): Promise<Wrapping | NoAnswer> {
  const path = 'sys/wrapping/lookup';
  const looked = await answered(() =>
    call({ ...connection, token: undefined }, { method: 'POST', path, body: { token } }),
  );
  if (looked.kind !== 'answer') return looked;
  const data = object(looked.answer?.data, path);
  const creationTime = new Date(text(data, 'creation_time'));
  if (Number.isNaN(creationTime.getTime()))
    throw new ShapeError(`${path}: creation_time is no time`);
  return {
    kind: 'wrapping',
    creationPath: text(data, 'creation_path'),
    creationTime,
    creationTtl: number(data, 'creation_ttl'),
  };
}

async function unwrap(connection: Connection, token: string): Promise<Opened | NoAnswer> {
  const path = 'sys/wrapping/unwrap';
  const answer = await answered(() => call({ ...connection, token }, { method: 'POST', path }));
  if (answer.kind !== 'answer') return answer;
  const data = object(answer.answer?.data, path);
  return {
    kind: 'opened',
    secretId: text(data, 'secret_id'),
    accessor: text(data, 'secret_id_accessor'),
    ttl: number(data, 'secret_id_ttl'),
  };
}
