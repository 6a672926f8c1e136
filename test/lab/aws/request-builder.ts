import type { AwsRequest } from '../../../lab/aws/request.ts';

/** A request as the double reads it, for tests that start no server. */
export function awsRequest(o: {
  readonly method?: string;
  readonly path?: string;
  readonly query?: AwsRequest['query'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}): AwsRequest {
  return {
    method: o.method ?? 'GET',
    path: o.path ?? '/',
    query: o.query ?? [],
    headers: new Map(Object.entries(o.headers ?? {})),
    body: Buffer.from(o.body ?? ''),
  };
}
