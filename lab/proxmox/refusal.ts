/**
 * An error as Proxmox VE answers it: the reason stands in the status line, and in the body for
 * parameters (`{"errors": {<parameter>: <reason>}}`).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    reason: string,
    readonly errors?: Readonly<Record<string, string>>,
  ) {
    super(reason);
  }
}

/** What a `die` in Proxmox's code becomes; also for guests and volumes that do not exist. */
export function failed(reason: string): Refusal {
  return new Refusal(500, reason);
}

/** 400 with a reason for each parameter. */
export function badParameters(errors: Readonly<Record<string, string>>): Refusal {
  return new Refusal(400, 'Parameter verification failed.', errors);
}

/** 403, with what would have been needed. */
export function forbidden(what: string): Refusal {
  return new Refusal(403, `Permission check failed (${what})`);
}
