import { randomUUID } from 'node:crypto';
import type { Server } from 'node:https';
import { TLSSocket } from 'node:tls';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { GithubBrokerContract } from '../contract/contract.ts';
import { hashedToken, type Audit, type AuditRecord } from './audit.ts';
import { callerOf, type Caller } from './caller.ts';
import type { Github } from './github.ts';
import { healthOf, isWell } from './health.ts';
import type { Ledger } from './ledger.ts';
import type { Metrics } from './metrics.ts';
import type { Mint } from './mint.ts';
import { narrow } from './narrow.ts';
import type { OpenBao } from './openbao.ts';
import type { Proofs } from './proof.ts';
import { Refusal } from './refusal.ts';
import type { Trust } from './trust.ts';
import { contextName, repositoryName } from './verbs/schema.ts';
import { verbs } from './verbs/use.ts';

/** All that the broker is made of. */
export interface Broker {
  readonly contract: GithubBrokerContract;
  readonly openbao: OpenBao;
  readonly github: Github;
  readonly mint: Mint;
  readonly proofs: Proofs;
  readonly ledger: Ledger;
  readonly audit: Audit;
  readonly metrics: Metrics;
  readonly tls: { readonly certificate: string; readonly key: string };
  readonly trust: Trust;
}

const tokenRequest = z.strictObject({
  context: contextName,
  repositories: z.array(repositoryName).max(100).optional(),
  permissions: z.record(z.string().regex(/^[a-z_]{1,40}$/), z.enum(['read', 'write'])).optional(),
});
const revocation = z.strictObject({ token: z.string().regex(/^[\x21-\x7e]{8,4096}$/) });
/** As an `Idempotency-Key` of others: a UUID or the like. */
const idempotencyKey = z.string().regex(/^[\w-]{8,64}$/);

/** Bytes; the value of an Actions secret is the longest thing that is sent. */
const longestBody = 64 * 1024;

/** The broker's HTTP API: `POST /token`, `DELETE /token`, `POST /verbs/<verb>`, `GET /health`, `GET /metrics`. */
export async function brokerServer(broker: Broker) {
  const { contract, metrics } = broker;
  const app = fastify<Server>({
    https: {
      cert: broker.tls.certificate,
      key: broker.tls.key,
      ...broker.trust,
      // Who has no certificate brings a proof; one that is not good is refused in callerOf.
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      // A connection was asked for its certificate once: it does not outlive a revocation by much.
      keepAliveTimeout: 5_000,
      requestTimeout: 15_000,
      headersTimeout: 10_000,
    },
    bodyLimit: longestBody,
    maxRequestsPerSocket: 20,
    genReqId: () => randomUUID(),
    logger: false,
    // What a client says of where it comes from is not asked.
    trustProxy: false,
  });
  await app.register(rateLimit, {
    max: contract.tokensPerMinute,
    timeWindow: '1 minute',
    // Addresses of two consumers are disjoint, so that is a limit of each consumer.
    keyGenerator: ({ ip }) => ip,
    errorResponseBuilder: (_, { ttl }) =>
      new Refusal(429, 'rate', 'too many requests', Math.ceil(ttl / 1000)),
  });

  const caller = (request: FastifyRequest): Promise<Caller> =>
    callerOf(tlsOf(request), request.headers.authorization, contract, broker.proofs);
  const audit = (request: FastifyRequest, record: AuditRecord) => {
    broker.audit({ request: request.id, ...record });
  };
  const timed = (what: string) => {
    const end = metrics.seconds.startTimer({ what });
    return (outcome: string) => {
      end();
      metrics.requests.inc({ what, outcome });
    };
  };

  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal.status >= 500 && refusal.reason === 'bug') {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
    }
    metrics.requests.inc({ what: 'refused', outcome: refusal.reason });
    audit(request, {
      event: 'refused',
      ...known.get(request),
      address: request.ip,
      outcome: refusal.reason,
      why: refusal.message,
    });
    return answerRefusal(reply, refusal);
  });
  app.setNotFoundHandler((_, reply) =>
    answerRefusal(reply, new Refusal(404, 'path', 'there is no such path')),
  );

  /** What is known of a request that is refused later. */
  const known = new WeakMap<FastifyRequest, Partial<AuditRecord>>();
  const identified = async (request: FastifyRequest, more: Partial<AuditRecord>) => {
    known.set(request, more);
    const { name: consumer, by, address } = await caller(request);
    known.set(request, { consumer, by, address, ...more });
    return { name: consumer, by, address };
  };

  app.post('/token', async (request, reply) => {
    const done = timed('token');
    const { name, ...who } = await identified(request, {});
    const wanted = parsed(tokenRequest, request.body);
    known.set(request, { ...known.get(request), context: wanted.context });
    const scope = narrow(contract, name, wanted);
    const { token, expires_at, permissions, repositories } = await broker.mint.make(scope);
    const told = { account: scope.account, repositories, permissions, expires_at };
    audit(request, {
      ...{ event: 'token', outcome: 'given', consumer: name, ...who, context: wanted.context },
      ...{ ...told, hashed_token: hashedToken(token) },
    });
    done('ok');
    return reply
      .status(201)
      .header('cache-control', 'no-store')
      .send({ token, ...told });
  });

  app.delete('/token', async (request, reply) => {
    const done = timed('revoke');
    const { name, ...who } = await identified(request, {});
    const { token } = parsed(revocation, request.body);
    await broker.mint.revoke(token);
    audit(request, {
      ...{ event: 'revoke', outcome: 'revoked', consumer: name, ...who },
      hashed_token: hashedToken(token),
    });
    done('ok');
    return reply.status(204).send();
  });

  for (const [verb, use] of verbs) {
    app.post(`/verbs/${verb}`, async (request, reply) => {
      const done = timed(verb);
      const own = await identified(request, { verb });
      const key = idempotencyKey.safeParse(request.headers['idempotency-key']);
      if (!key.success) {
        throw new Refusal(400, 'key', 'send an Idempotency-Key of 8 to 64 letters, digits and "-"');
      }
      const shop = {
        ...broker,
        unrevoked: () => {
          metrics.unrevoked.inc();
          audit(request, { event: 'revoke', outcome: 'not revoked', verb });
        },
      };
      const { context, answer, repeated } = await use(shop, own, key.data, request.body);
      audit(request, {
        ...{ event: 'verb', outcome: repeated ? 'repeated' : 'done', verb, context },
        ...{ consumer: own.name, by: own.by, address: own.address },
      });
      done('ok');
      return reply.status(200).send(answer);
    });
  }

  app.get('/health', { config: { rateLimit: false } }, async (_, reply) => {
    const health = await healthOf(broker.openbao, broker.github);
    return reply.status(isWell(health) ? 200 : 503).send(health);
  });
  app.get('/metrics', { config: { rateLimit: false } }, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  return app;
}

/** @throws Refusal  a bug: the server listens by TLS alone */
function tlsOf({ raw: { socket } }: FastifyRequest): TLSSocket {
  if (socket instanceof TLSSocket) return socket;
  throw new Refusal(500, 'bug', 'this connection is not by TLS');
}

/** @throws Refusal  400; the message repeats no value */
function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  const problems = error.issues.map(
    ({ path, message }) => `${path.join('.') || 'body'}: ${message}`,
  );
  throw new Refusal(400, 'form', problems.join('; '));
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { statusCode } = error as { statusCode?: unknown };
  // Fastify's own: a body that is too long, or no JSON. Its words may hold a part of the body.
  if (statusCode === 413) return new Refusal(413, 'size', 'the body is too long');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Refusal(statusCode, 'form', 'the body is no JSON');
  }
  return new Refusal(500, 'bug', 'this is a bug of the broker; its log has the stack');
}

function answerRefusal(reply: FastifyReply, { status, reason, message, retryAfter }: Refusal) {
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
  return reply.status(status).send({ error: reason, message });
}
