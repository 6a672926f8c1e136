import { join } from 'node:path';
import { z } from 'zod';
import { parameter, type AwsRequest } from './request.ts';
import { Refusal, type Reply } from './refusal.ts';
import type { PolicyDocument } from './roles.ts';
import { readState, serialWriter, writePrivate } from './state-file.ts';

const stored = z.record(z.string(), z.string());
const document = z.record(z.string(), z.unknown());

/**
 * Bucket policies stay in the double and never reach moto: moto applies them without their conditions,
 * so that a policy that denies plain HTTP would deny everything.
 */
export interface BucketPolicies {
  of(bucket: string): PolicyDocument | undefined;
  /** Answers a request for `?policy`; undefined for any other request. */
  answer(request: AwsRequest, bucket: string): Promise<Reply | undefined>;
  /** The bucket is gone. */
  forget(bucket: string): Promise<void>;
}

/** Kept in `<stateDir>/bucket-policies.json`. */
export async function openBucketPolicies(stateDir: string): Promise<BucketPolicies> {
  const path = join(stateDir, 'bucket-policies.json');
  const known = new Map(Object.entries((await readState(path, stored)) ?? {}));
  const save = serialWriter(() => writePrivate(path, JSON.stringify(Object.fromEntries(known))));
  const parse = (text: string) => document.parse(JSON.parse(text));

  return {
    of: (bucket) => {
      const text = known.get(bucket);
      return text === undefined ? undefined : parse(text);
    },
    answer: async (request, bucket) => {
      if (parameter(request, 'policy') === undefined) return undefined;
      if (request.method === 'GET') {
        const body = known.get(bucket);
        if (body === undefined) {
          throw new Refusal(
            'invalid',
            'The bucket policy does not exist',
            'NoSuchBucketPolicy',
            404,
          );
        }
        return reply(200, body);
      }
      if (request.method === 'PUT') {
        const text = request.body.toString('utf8');
        try {
          parse(text);
        } catch {
          throw new Refusal('invalid', 'This policy contains invalid Json', 'MalformedPolicy', 400);
        }
        known.set(bucket, text);
      } else {
        known.delete(bucket);
      }
      await save();
      return reply(204, '');
    },
    forget: async (bucket) => {
      if (known.delete(bucket)) await save();
    },
  };
}

function reply(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}
