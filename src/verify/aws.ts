import { AwsClient } from 'aws4fetch';
import { z } from 'zod';
import { call, OpenBaoError, type Connection } from '../client/openbao.ts';
import type { Backbone } from '../model/backbone.ts';
import type { Profile } from '../model/profile.ts';
import { shortOf } from './attempt.ts';
import type { Answer } from './case.ts';

const session = z.object({
  access_key: z.string(),
  secret_key: z.string(),
  security_token: z.string(),
});

/** A session of one profile, and requests with it. */
export class AwsSession {
  private constructor(
    private readonly client: AwsClient,
    private readonly backbone: Backbone,
  ) {}

  /** @throws OpenBaoError  refused, or the engine could not mint */
  static async mint(
    connection: Connection,
    backbone: Backbone,
    { stsPath }: Profile,
  ): Promise<AwsSession> {
    const body = { ttl: '900s' };
    const answer = await call(connection, {
      method: 'POST',
      path: stsPath,
      body,
      patience: 60_000,
    });
    const minted = session.safeParse(answer?.data);
    if (!minted.success) throw new OpenBaoError(`${stsPath} gave no session`);
    const { access_key, secret_key, security_token } = minted.data;
    const client = new AwsClient({
      accessKeyId: access_key,
      secretAccessKey: secret_key,
      sessionToken: security_token,
      region: backbone.declaration.aws.region,
      retries: 0,
    });
    return new AwsSession(client, backbone);
  }

  /** Path style, which every S3 endpoint takes. */
  s3(
    method: 'GET' | 'PUT' | 'DELETE',
    bucket: string,
    key: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const base = this.endpoint('s3');
    const path = key.split('/').map(encodeURIComponent).join('/');
    return this.send('s3', `${base}/${bucket}/${path}`, {
      method,
      headers,
      ...(method === 'PUT' ? { body: '' } : {}),
    });
  }

  /** The JSON protocol of DynamoDB (AWS, "DynamoDB low-level API"). */
  dynamodb(operation: string, input: unknown): Promise<Answer> {
    return this.send('dynamodb', `${this.endpoint('dynamodb')}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
      body: JSON.stringify(input),
    });
  }

  /** The query protocol of STS. */
  sts(parameters: Readonly<Record<string, string>>): Promise<Answer> {
    return this.send('sts', `${this.endpoint('sts')}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ Version: '2011-06-15', ...parameters }).toString(),
    });
  }

  private endpoint(service: 's3' | 'dynamodb' | 'sts'): string {
    const { endpoints, region } = this.backbone.declaration.aws;
    const own = endpoints?.[service]?.replace(/\/+$/, '');
    return own ?? `https://${service}.${region}.amazonaws.com`;
  }

  private async send(service: string, url: string, init: RequestInit): Promise<Answer> {
    let status: number;
    let text: string;
    try {
      const signal = AbortSignal.timeout(30_000);
      const response = await this.client.fetch(url, { ...init, signal, aws: { service } });
      status = response.status;
      text = (await response.text()).slice(0, 2000);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { got: 'could not', said: `no answer of ${service}: ${shortOf(cause)}` };
    }
    return judge(status, codeIn(text));
  }
}

/** Refusals that mean: the policies deny it (AWS, "Common errors" of S3, DynamoDB, STS). */
const denials = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/;

/** Answers that only come when the policies have let the request pass. */
const past =
  /^(NoSuchKey|NoSuchVersion|PreconditionFailed|ConditionalCheckFailedException|ResourceNotFoundException)$/;

function judge(status: number, code: string): Answer {
  if (status >= 200 && status < 300) return { got: 'allowed', said: 'let through' };
  if (status === 412 || past.test(code)) return { got: 'allowed', said: `let through: ${code}` };
  if (denials.test(code)) return { got: 'denied', said: code };
  return { got: 'could not', said: `${String(status)} ${code}` };
}

/** The code alone: messages of AWS name accounts and roles. */
function codeIn(text: string): string {
  const xml = /<Code>([\w.]+)<\/Code>/.exec(text)?.[1];
  const json = /"__type"\s*:\s*"(?:[^"#]*#)?(\w+)"/.exec(text)?.[1];
  return xml ?? json ?? 'no code';
}
