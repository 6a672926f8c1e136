/** Why a request is not carried out, before the protocol gives it its name. */
export type RefusalKind =
  | 'denied'
  | 'expired'
  | 'unknown-key'
  | 'bad-token'
  | 'bad-signature'
  | 'skewed'
  | 'unsigned'
  | 'invalid';

/** The four ways AWS services spell an error. */
export type Protocol = 's3' | 'dynamodb' | 'query' | 'rest-json';

/** A refusal with a message for people; it never holds a secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /**
   * @param code  the service's own error code; required in practice for `invalid`, where no
   *   code follows from the kind
   */
  constructor(
    readonly kind: RefusalKind,
    message: string,
    readonly code?: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

type Answer = readonly [code: string, status: number];

/**
 * Codes and statuses that AWS answers with: S3 error responses, DynamoDB "Error handling", STS and
 * IAM common errors, and the Smithy model of Roles Anywhere.
 */
const answers: Record<RefusalKind, Record<Protocol, Answer>> = {
  denied: {
    s3: ['AccessDenied', 403],
    dynamodb: ['AccessDeniedException', 400],
    query: ['AccessDenied', 403],
    'rest-json': ['AccessDeniedException', 403],
  },
  expired: {
    s3: ['ExpiredToken', 400],
    dynamodb: ['ExpiredTokenException', 400],
    query: ['ExpiredToken', 403],
    'rest-json': ['ExpiredTokenException', 403],
  },
  'unknown-key': {
    s3: ['InvalidAccessKeyId', 403],
    dynamodb: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    'rest-json': ['UnrecognizedClientException', 403],
  },
  'bad-token': {
    s3: ['InvalidToken', 400],
    dynamodb: ['UnrecognizedClientException', 400],
    query: ['InvalidClientTokenId', 403],
    'rest-json': ['UnrecognizedClientException', 403],
  },
  'bad-signature': {
    s3: ['SignatureDoesNotMatch', 403],
    dynamodb: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    'rest-json': ['InvalidSignatureException', 403],
  },
  skewed: {
    s3: ['RequestTimeTooSkewed', 403],
    dynamodb: ['InvalidSignatureException', 400],
    query: ['SignatureDoesNotMatch', 403],
    'rest-json': ['InvalidSignatureException', 403],
  },
  unsigned: {
    s3: ['AccessDenied', 403],
    dynamodb: ['MissingAuthenticationTokenException', 400],
    query: ['MissingAuthenticationToken', 403],
    'rest-json': ['MissingAuthenticationTokenException', 403],
  },
  invalid: {
    s3: ['InvalidRequest', 400],
    dynamodb: ['ValidationException', 400],
    query: ['ValidationError', 400],
    'rest-json': ['ValidationException', 400],
  },
};

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer | string;
}

export function xml(text: string): string {
  return text.replace(/[<>&'"]/g, (c) => `&#${String(c.charCodeAt(0))};`);
}

/** The refusal in the shape that the service's real clients parse. */
export function renderRefusal(refusal: Refusal, protocol: Protocol, requestId: string): Reply {
  const [usualCode, usualStatus] = answers[refusal.kind][protocol];
  const code = refusal.code ?? usualCode;
  const status = refusal.status ?? usualStatus;
  const message = refusal.message;
  switch (protocol) {
    case 's3':
      return {
        status,
        headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
        body:
          '<?xml version="1.0" encoding="UTF-8"?>\n' +
          `<Error><Code>${xml(code)}</Code><Message>${xml(message)}</Message>` +
          `<RequestId>${requestId}</RequestId></Error>`,
      };
    case 'query':
      return {
        status,
        headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId },
        body:
          `<ErrorResponse><Error><Type>Sender</Type><Code>${xml(code)}</Code>` +
          `<Message>${xml(message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
      };
    case 'dynamodb':
      return {
        status,
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amzn-requestid': requestId,
        },
        body: JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }),
      };
    case 'rest-json':
      return {
        status,
        headers: {
          'content-type': 'application/json',
          'x-amzn-errortype': code,
          'x-amzn-requestid': requestId,
        },
        body: JSON.stringify({ message }),
      };
  }
}
