import { z } from 'zod';

/**
 * What goes wrong. `broken`: 502, as GitHub's own proxies answer; `secondary`: 403 with `Retry-After`, `limited`: 429
 * with it (GitHub documentation, "Rate limits for the REST API", "secondary rate limits"); `exhausted`: 403 with
 * `x-ratelimit-remaining: 0`; `lose-answer`: done, and the connection ends without an answer; `hang`: neither;
 * `wider`: a token that may more than was asked for, which GitHub never gives.
 */
export const fault = z.strictObject({
  how: z.enum(['broken', 'secondary', 'limited', 'exhausted', 'lose-answer', 'hang', 'wider']),
  /** How many requests from now on. */
  times: z.number().int().min(1).default(1),
  /** Only requests whose `METHOD /path` holds this text. @default - all */
  on: z.string().default(''),
  /** Seconds that an answer of a limit names. */
  retryAfter: z.number().int().min(1).default(60),
});
export type Fault = z.infer<typeof fault>;

export class Faults {
  private planned: { readonly fault: Fault; left: number } | undefined;

  plan(next: z.input<typeof fault> | undefined): void {
    const parsed = next === undefined ? undefined : fault.parse(next);
    this.planned = parsed === undefined ? undefined : { fault: parsed, left: parsed.times };
  }

  of(request: string): Fault | undefined {
    const { planned } = this;
    if (planned === undefined || planned.left === 0 || !request.includes(planned.fault.on)) {
      return undefined;
    }
    planned.left -= 1;
    return planned.fault;
  }
}
