import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { jsonBody, type AwsRequest } from './request.ts';
import { equal } from './sigv4.ts';
import { Refusal, type Reply } from './refusal.ts';
import { writePrivate } from './state-file.ts';

/** Milliseconds since the epoch. */
export type Clock = () => number;

export interface ShiftableClock {
  readonly now: Clock;
  /** Seconds, either sign; replaces the previous offset. */
  shift(seconds: number): void;
}

export function shiftableClock(base: Clock = Date.now): ShiftableClock {
  let offset = 0;
  return {
    now: () => base() + offset,
    shift: (seconds) => {
      offset = seconds * 1000;
    },
  };
}

const tokenFile = 'control-token';

/** Makes the token that the control endpoint asks for: `<stateDir>/control-token`, 0600. */
export async function makeControlToken(stateDir: string): Promise<string> {
  const token = randomBytes(32).toString('hex');
  await writePrivate(join(stateDir, tokenFile), token);
  return token;
}

const shiftSchema = z.object({ offsetSeconds: z.number().int().min(-604_800).max(604_800) });

/**
 * `POST /_lab/clock {"offsetSeconds": 901}` with `Authorization: Bearer <control token>` moves the
 * clock that sessions expire by, so that expiry can be seen without waiting for it;
 * `POST /_lab/admin` renews `admin-credentials.json`.
 */
export async function control(
  request: AwsRequest,
  token: string,
  o: { readonly clock: ShiftableClock; readonly renewAdmin: () => Promise<void> },
): Promise<Reply> {
  if (!equal(request.headers.get('authorization') ?? '', `Bearer ${token}`)) {
    throw new Refusal(
      'denied',
      `The control token is in the file ${tokenFile} of the lab's state.`,
    );
  }
  if (request.method === 'POST' && request.path === '/_lab/clock') {
    const shift = shiftSchema.safeParse(jsonBody(request));
    if (!shift.success) {
      throw new Refusal('invalid', 'Send {"offsetSeconds": <whole seconds, at most a week>}.');
    }
    o.clock.shift(shift.data.offsetSeconds);
    return answer({ now: new Date(o.clock.now()).toISOString() });
  }
  if (request.method === 'POST' && request.path === '/_lab/admin') {
    await o.renewAdmin();
    return answer({ renewed: true });
  }
  throw new Refusal(
    'invalid',
    'The lab knows POST /_lab/clock and POST /_lab/admin.',
    undefined,
    404,
  );
}

function answer(body: Record<string, unknown>): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
