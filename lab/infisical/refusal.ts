/**
 * An error as Infisical answers it: `{reqId, statusCode, message, error}` (its error handler,
 * backend/src/server/plugins/error-handler.ts; `error` is the name of the class).
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    readonly error: string,
    message: string,
  ) {
    super(message);
  }
}

export const badRequest = (message: string) => new Refusal(400, 'BadRequest', message);
export const unauthorized = (message: string) => new Refusal(401, 'UnauthorizedError', message);
export const notFound = (message: string) => new Refusal(404, 'NotFound', message);
export const invalid = (message: string) => new Refusal(422, 'ValidationFailure', message);

/** Of an address that is not trusted. */
export const wrongAddress = () =>
  new Refusal(
    403,
    'ForbiddenRequest',
    'You are not allowed to access this resource from the current IP address',
  );

export const denied = (action: string, subject: string) =>
  new Refusal(403, 'PermissionDenied', `You are not allowed to ${action} on ${subject}`);
