import { z } from 'zod';
import { issueSecretId, readRoleId, unwrapSecretId } from '../client/approle.ts';
import { call, type Connection } from '../client/openbao.ts';
import { lookupSelf, revokeSelf } from '../client/token.ts';
import type { Backbone } from '../model/backbone.ts';
import { approlePaths, mounts, type ProgramIdentity } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import { shortOf } from './attempt.ts';
import type { Remains } from './remains.ts';

const login = z.object({
  client_token: z.string(),
  accessor: z.string(),
  lease_duration: z.number(),
});

export interface LoggedIn {
  readonly connection: Connection;
  readonly accessor: string;
}

/** One login; what comes of it is noted, so that it is given up in any case. */
export async function logIn(
  connection: Connection,
  request: { readonly path: string; readonly body: unknown },
  who: string,
  remains: Remains,
): Promise<LoggedIn> {
  const answer = await call(connection, { method: 'POST', ...request });
  const { client_token: token, accessor, lease_duration } = login.parse(answer?.auth);
  const until = new Date(Date.now() + lease_duration * 1000).toISOString();
  await remains.add({ kind: 'token', name: accessor, who, until });
  return { connection: { ...connection, token }, accessor };
}

export async function giveUp({ connection, accessor }: LoggedIn, remains: Remains): Promise<void> {
  await revokeSelf(connection);
  await remains.gone(accessor);
}

/** The program's identities, each by a token of this run that the operator's is exchanged for. */
export class Officials {
  private readonly known = new Map<ProgramIdentity, LoggedIn | string>();

  constructor(
    private readonly backbone: Backbone,
    readonly operator: Connection,
    private readonly remains: Remains,
  ) {}

  /** @returns why not, where this machine or this person cannot be it */
  async become(identity: ProgramIdentity): Promise<LoggedIn | string> {
    const before = this.known.get(identity);
    if (before !== undefined) return before;
    const became = await this.exchange(identity).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return `cannot be ${identity} from here: ${shortOf(error)}`;
    });
    this.known.set(identity, became);
    return became;
  }

  private async exchange(identity: ProgramIdentity): Promise<LoggedIn | string> {
    const { identities, wrapTtl } = this.backbone.declaration.openbao;
    if (identity === 'verifier' || identity === 'auditor') {
      if (identities[identity] === undefined) {
        return `openbao.identities.${identity} is not declared`;
      }
    }
    const path = `auth/${mounts.approle}/login`;
    const paths = { ...approlePaths(identity), login: path };
    const { wrappingToken } = await issueSecretId(this.operator, paths, wrapTtl.min);
    const body = {
      role_id: await readRoleId(this.operator, paths),
      secret_id: await unwrapSecretId(this.operator, paths, wrappingToken),
    };
    const anonymous = { ...this.operator, token: undefined };
    return logIn(anonymous, { path, body }, identity, this.remains);
  }

  /** @throws UserError  with the first token that could not be given up, after all were tried */
  async close(): Promise<void> {
    const errors: UserError[] = [];
    for (const became of this.known.values()) {
      if (typeof became === 'string') continue;
      await giveUp(became, this.remains).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        errors.push(error);
      });
    }
    this.known.clear();
    const [first] = errors;
    if (first !== undefined) throw first;
  }
}

/** Whoever runs this has to be an operator: only an operator may have the identities that it takes. */
export async function requireOperator(connection: Connection): Promise<void> {
  const { policies } = await lookupSelf(connection);
  if (!policies.includes('operator')) {
    throw new UserError(
      `this takes an operator's token; the one in the environment has the policies ${policies.join(', ')}`,
    );
  }
}
