import { z } from 'zod';
import { consoleError, type UnifiAnswer } from './call.ts';
import { changedApi, fault, type Faults } from './faults.ts';
import type { UnifiState } from './state.ts';

const apiChange = z.strictObject({ api: changedApi });

/**
 * `POST /_lab/fault {"how", "step", "on"?}` plans one fault, `{}` none; `POST /_lab/api {"api"}` changes the
 * private API; `GET /_lab/keys` names the API keys. With `Authorization: Bearer <control token>`.
 */
export function control(
  path: string,
  body: unknown,
  known: boolean,
  { faults, state }: { readonly faults: Faults; readonly state: UnifiState },
): UnifiAnswer {
  if (!known) {
    return consoleError(
      403,
      "The control token is in the file control-token of the double's state.",
    );
  }
  if (path === '/_lab/keys') {
    const keys = state.keys.map(({ id, name, admin }) => ({ id, name, admin }));
    return { status: 200, body: { keys } };
  }
  if (path === '/_lab/fault') {
    const none = Object.keys(body ?? {}).length === 0;
    const planned = fault.safeParse(body);
    if (!none && !planned.success) return consoleError(400, 'Send {"how", "step", "on"?}, or {}.');
    faults.plan(none ? undefined : planned.data);
    return { status: 200, body: {} };
  }
  if (path === '/_lab/api') {
    const change = apiChange.safeParse(body);
    if (!change.success) return consoleError(400, 'Send {"api": "no", "gone" or "other-fields"}.');
    faults.api = change.data.api;
    return { status: 200, body: {} };
  }
  return consoleError(404, 'The lab knows /_lab/fault, /_lab/api and /_lab/keys.');
}
