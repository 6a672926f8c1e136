/** What GitHub answers, as its REST API documentation has it. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const documentation = 'https://docs.github.com/rest';

/** A refusal of the API: `message` is GitHub's own wording. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    message: string,
    readonly more: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  reply(): Reply {
    const { status, message, more, headers } = this;
    return {
      status,
      body: { message, ...more, documentation_url: documentation, status: String(status) },
      headers,
    };
  }
}

export const notFound = () => new Refusal(404, 'Not Found');
export const badCredentials = () => new Refusal(401, 'Bad credentials');
export const notAccessible = () => new Refusal(403, 'Resource not accessible by integration');
