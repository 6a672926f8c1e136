import { isRecord } from './request.ts';
import type { Clock } from './clock.ts';
import type { Moto } from './moto-client.ts';
import type { Role } from './roles.ts';
import type { Session, Sessions } from './sessions.ts';

export interface SessionTerms {
  readonly role: Role;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly sessionPolicy?: string | undefined;
  readonly sourceIdentity?: string | undefined;
  readonly principalTags?: Readonly<Record<string, string>>;
  /** Roles assumed before this one, oldest first. */
  readonly chain?: readonly string[];
}

export type IssueSession = (terms: SessionTerms) => Promise<Session>;

/**
 * Makes the keys of a session that has already been authorised. They come from moto's own AssumeRole,
 * so that moto knows the identity behind them; the terms are kept in the table of sessions.
 */
export function sessionIssuer(moto: Moto, sessions: Sessions, now: Clock): IssueSession {
  return async (terms) => {
    const answer = await moto.query('sts', {
      Action: 'AssumeRole',
      RoleArn: terms.role.arn,
      RoleSessionName: terms.sessionName,
    });
    const keys = answer?.['Credentials'];
    if (!isRecord(keys)) throw new Error('moto answered AssumeRole without credentials');
    const account = terms.role.arn.split(':')[4] ?? '';
    const issuedAt = now();
    const session: Session = {
      accessKeyId: String(keys['AccessKeyId']),
      secretAccessKey: String(keys['SecretAccessKey']),
      sessionToken: String(keys['SessionToken']),
      issuedAt,
      // AWS answers whole seconds; rounding down never outlives what was asked.
      expiresAt: Math.floor(issuedAt / 1000) * 1000 + terms.durationSeconds * 1000,
      roleArn: terms.role.arn,
      sessionName: terms.sessionName,
      arn: `arn:aws:sts::${account}:assumed-role/${terms.role.name}/${terms.sessionName}`,
      userId: `${terms.role.id}:${terms.sessionName}`,
      sessionPolicy: terms.sessionPolicy,
      sourceIdentity: terms.sourceIdentity,
      principalTags: { ...terms.principalTags },
      chain: [...(terms.chain ?? []), terms.role.arn],
    };
    await sessions.add(session);
    return session;
  };
}

/** AWS's form of a point in time: whole seconds, UTC. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
