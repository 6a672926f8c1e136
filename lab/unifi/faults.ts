import { z } from 'zod';

/**
 * What goes wrong, where. `refuse`: 500 and nothing done; `limit`: 429; `hang`: nothing done and no answer;
 * `lose-answer`: done, and the connection ends without an answer.
 */
export const fault = z.strictObject({
  how: z.enum(['refuse', 'limit', 'hang', 'lose-answer']),
  /** The n-th request from now on, from 1; 0 is each. */
  step: z.number().int().min(0),
  /** Only requests whose `METHOD /path` holds this text are counted. @default - all */
  on: z.string().optional(),
});
export type Fault = z.infer<typeof fault>;

/** A private API that has changed: its paths are gone, or its answers have other fields. */
export const changedApi = z.enum(['no', 'gone', 'other-fields']);
export type ChangedApi = z.infer<typeof changedApi>;

export class Faults {
  private planned: { readonly fault: Fault; seen: number } | undefined;
  api: ChangedApi = 'no';

  plan(next: Fault | undefined): void {
    this.planned = next === undefined ? undefined : { fault: next, seen: 0 };
  }

  /** What goes wrong with this request. */
  of(request: string): Fault['how'] | undefined {
    const { planned } = this;
    if (planned === undefined || !request.includes(planned.fault.on ?? '')) return undefined;
    planned.seen += 1;
    const { step, how } = planned.fault;
    return step === 0 || planned.seen === step ? how : undefined;
  }
}

const privateApi = /\/proxy\/users\/|\/cmd\/sitemgr$/;

export function isPrivateApi(path: string): boolean {
  return privateApi.test(path);
}

/** Every field below `data` under another name. */
export function withOtherFields(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withOtherFields);
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) =>
      key === 'data' || key === 'meta' ? [key, withOtherFields(value)] : [`${key}_v3`, value],
    ),
  );
}
