/** Why a request was not done, for its caller: no secret is in it, and nothing of another consumer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /**
   * @param status      of the answer
   * @param reason      one word for logs and metrics
   * @param retryAfter  seconds; only where to ask again is of use
   */
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}
