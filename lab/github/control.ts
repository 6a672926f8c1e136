import { z } from 'zod';
import type { ShiftableClock } from '../aws/clock.ts';
import { fault, type Faults } from './faults.ts';
import { Refusal, type Reply } from './refusal.ts';
import type { GithubState } from './state.ts';

const clockShift = z.strictObject({ offsetSeconds: z.number().int() });
const keys = z.strictObject({ publicKeys: z.array(z.string()) });

/**
 * `POST /_lab/clock {"offsetSeconds"}`, `POST /_lab/fault {"how", ...}` or `{}`, `POST /_lab/keys {"publicKeys"}`: the
 * keys that the App has, as its settings page would change them.
 *
 * @throws Refusal  something else
 */
export function control(
  path: string,
  body: unknown,
  place: {
    readonly clock: ShiftableClock;
    readonly faults: Faults;
    readonly state: GithubState;
  },
): Reply {
  if (path === '/_lab/clock') {
    place.clock.shift(read(clockShift, body).offsetSeconds);
    return { status: 204 };
  }
  if (path === '/_lab/fault') {
    const none = Object.keys(body ?? {}).length === 0;
    place.faults.plan(none ? undefined : read(fault, body));
    return { status: 204 };
  }
  if (path === '/_lab/keys') {
    place.state.app.publicKeys = read(keys, body).publicKeys;
    return { status: 204 };
  }
  throw new Refusal(404, 'The lab knows /_lab/clock, /_lab/fault and /_lab/keys.');
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data } = schema.safeParse(body);
  if (!success) throw new Refusal(400, 'The lab does not understand that.');
  return data;
}
