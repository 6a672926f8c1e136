import { clean, type Verdict } from './verdict.ts';

/**
 * What the answers of OpenBao mean. Pure: the same answers give the same verdict, and the server's clock is
 * the only one asked. Where two readings are possible, the one that raises the alarm is taken.
 */

/** What is known before anything is asked. */
export interface Expected {
  /** Path that issues this role's SecretIDs. */
  readonly secretIdPath: string;
  /** Bounds of the life of a wrapping, seconds. */
  readonly wrapTtl: { readonly min: number; readonly max: number };
  /** When the wrapping ends, as the issuer told. */
  readonly expires: Date | undefined;
  /** Of the SecretID, as the issuer told. */
  readonly accessor: string | undefined;
  /** This host began to open it then, and never learnt how that ended. */
  readonly openedHere: Date | undefined;
}

/** An answer that is none of what was asked for. */
export type NoAnswer =
  | { readonly kind: 'refused'; readonly why: string; readonly serverTime: Date | undefined }
  | { readonly kind: 'unreachable'; readonly why: string; readonly sealed: boolean };

/** Answer of `sys/wrapping/lookup` (OpenBao API). */
export interface Wrapping {
  readonly kind: 'wrapping';
  readonly creationPath: string;
  readonly creationTime: Date;
  /** Seconds. */
  readonly creationTtl: number;
}

/** What `sys/wrapping/unwrap` gives for the SecretID of an AppRole. */
export interface Opened {
  readonly kind: 'opened';
  readonly secretId: string;
  readonly accessor: string;
  /** Seconds; 0: no end. */
  readonly ttl: number;
}

const issueAnother = 'have another SecretID issued';

function findOut(accessor: string | undefined): string {
  return accessor === undefined
    ? 'look in the ledger of the issuer which SecretID this was, destroy it and find out who opened it'
    : `destroy it and find out who opened it with: backbone incident ${clean(accessor)}`;
}

export function unreachable({ why, sealed }: { why: string; sealed: boolean }): Verdict {
  return {
    name: 'unreachable',
    why: sealed ? 'OpenBao is sealed' : `OpenBao does not answer (${clean(why)})`,
    remedy: sealed
      ? 'unseal it and start this again; nothing was used up'
      : 'start this again when it does; nothing was used up',
  };
}

/** @returns a verdict, or `undefined`: it may be opened */
export function judgeLookup(answer: Wrapping | NoAnswer, expected: Expected): Verdict | undefined {
  if (answer.kind === 'unreachable') return unreachable(answer);
  if (answer.kind === 'refused') return gone(answer.serverTime, expected);
  const { creationPath, creationTtl } = answer;
  const { accessor, secretIdPath, wrapTtl } = expected;
  const about = { credential: 'secret-id', accessor } as const;
  if (creationPath.startsWith('sys/wrapping/') || creationPath.startsWith('cubbyhole')) {
    return {
      ...about,
      name: 're-wrapped',
      why: `it was wrapped by ${clean(creationPath)}: somebody opened it on its way and wrapped it again`,
      remedy: findOut(accessor),
    };
  }
  if (creationPath !== secretIdPath) {
    return {
      ...about,
      name: 'wrong-path',
      why: `it was made by ${clean(creationPath)}, and not by ${secretIdPath}`,
      remedy: `find out who delivered it, and ${issueAnother}`,
    };
  }
  if (creationTtl < wrapTtl.min || creationTtl > wrapTtl.max) {
    return {
      ...about,
      name: 'wrong-path',
      why:
        `it was made to live for ${String(creationTtl)} s, and the issuer makes them for ` +
        `${String(wrapTtl.min)} to ${String(wrapTtl.max)} s`,
      remedy: `find out who delivered it, and ${issueAnother}`,
    };
  }
  return undefined;
}

/** @returns a verdict, or `undefined`: the SecretID is this consumer's, and nobody else saw it */
export function judgeUnwrap(answer: Opened | NoAnswer, expected: Expected): Verdict | undefined {
  if (answer.kind === 'unreachable') return unreachable(answer);
  if (answer.kind === 'refused') return gone(answer.serverTime, expected);
  if (expected.accessor !== undefined && expected.accessor !== answer.accessor) {
    return {
      name: 'wrong-path',
      credential: 'secret-id',
      accessor: answer.accessor,
      why: 'it holds another SecretID than the one that was announced: two deliveries were exchanged',
      remedy: `find out who delivered it, destroy both, and ${issueAnother}`,
    };
  }
  return undefined;
}

/**
 * The login was refused.
 *
 * @param wrapped  when and for how long the SecretID was made
 */
export function judgeRefusedLogin(
  { why, serverTime }: { readonly why: string; readonly serverTime: Date | undefined },
  wrapped: { readonly at: Date; readonly ttl: number; readonly accessor: string },
): Verdict {
  const { accessor, at, ttl } = wrapped;
  const about = { credential: 'secret-id', accessor } as const;
  const end = new Date(at.getTime() + ttl * 1000);
  if (ttl > 0 && isPast(end, serverTime)) {
    return {
      ...about,
      name: 'expired',
      why: `the SecretID ended at ${end.toISOString()}, before it was used`,
      remedy: issueAnother,
    };
  }
  return {
    ...about,
    name: 'refused',
    why:
      `nobody else opened it, and OpenBao refuses the login (${clean(why)}): it was withdrawn, the role is gone, ` +
      'this is not its address, or failed logins have locked the role for some minutes',
    remedy: `look at the consumer in the declaration, and ${issueAnother}`,
  };
}

/**
 * The login by certificate was refused.
 *
 * @param notAfter  end of the certificate
 */
export function judgeRefusedCertificate(
  { why, serverTime }: { readonly why: string; readonly serverTime: Date | undefined },
  notAfter: Date,
): Verdict {
  if (isPast(notAfter, serverTime)) {
    return {
      name: 'expired',
      credential: 'certificate',
      why: `the certificate ended at ${notAfter.toISOString()} while this host did not renew it`,
      remedy: 'it needs a new SecretID: have one issued for this host',
    };
  }
  return {
    name: 'refused',
    credential: 'certificate',
    why: `OpenBao refuses the certificate (${clean(why)}): it was revoked, the role is gone, or this is not its address`,
    remedy: `look at the consumer in the declaration, and ${issueAnother}`,
  };
}

/** A wrapping that is not there any more: its time was up, or somebody opened it. */
function gone(serverTime: Date | undefined, expected: Expected): Verdict {
  const { accessor, expires, openedHere } = expected;
  const about = { credential: 'secret-id', accessor } as const;
  // A wrapping whose end nobody told may have been opened, and is taken for that.
  if (expires !== undefined && isPast(expires, serverTime)) {
    return {
      ...about,
      name: 'expired',
      why: `the wrapping ended at ${expires.toISOString()}, before it was opened here`,
      remedy: `${issueAnother}, and deliver it sooner`,
    };
  }
  const own =
    openedHere === undefined
      ? ''
      : ` (this host began to open it at ${openedHere.toISOString()} and was stopped, so it may have been itself)`;
  return {
    ...about,
    name: 'intercepted',
    why: `the wrapping is not there any more: somebody opened it before${own}`,
    remedy: findOut(accessor),
  };
}

/**
 * The server tells its time in whole seconds, rounded down: only from the next second on is a moment within
 * the told one certainly over. A moment of doubt counts as past, as a thief gains nothing by it: whatever is
 * gone unconfirmed is destroyed by the sweep in either case.
 */
function isPast(moment: Date, serverTime: Date | undefined): boolean {
  return serverTime !== undefined && serverTime.getTime() + 1000 > moment.getTime();
}
