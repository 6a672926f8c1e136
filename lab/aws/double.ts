import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { issueAdminCredentials } from './admin.ts';
import { openBucketPolicies } from './bucket-policies.ts';
import { unchunk } from './aws-chunked.ts';
import { control, makeControlToken, shiftableClock, type Clock } from './clock.ts';
import { sessionIssuer } from './issue-session.ts';
import { motoClient } from './moto-client.ts';
import { readRequest, type AwsRequest } from './request.ts';
import { Refusal, renderRefusal, type Protocol, type Reply } from './refusal.ts';
import { rolesOf } from './roles.ts';
import { createSession } from './rolesanywhere/create-session.ts';
import { openAnchors } from './rolesanywhere/anchors.ts';
import { openSessions, type Session, type Sessions } from './sessions.ts';
import { serviceCalls } from './service-calls.ts';
import { checkFreshness, readClaim, verifySignature, type Claim } from './sigv4.ts';

export interface AwsDouble {
  /** The endpoint of every service: AWS_ENDPOINT_URL. */
  readonly url: string;
  close(): Promise<void>;
}

export interface AwsDoubleOptions {
  readonly motoUrl: string;
  /** Made with mode 0700; holds sessions, trust anchors, the control token and admin credentials. */
  readonly stateDir: string;
  /** The account that moto runs with (MOTO_ACCOUNT_ID). */
  readonly accountId: string;
  readonly region: string;
  /** @default 0 - a free one */
  readonly port?: number;
  /** @default 127.0.0.1; any other must be a loopback address too */
  readonly host?: string;
  /**
   * The same over TLS, for containers of the lab, on an address of the network namespace that this process
   * runs in. PEM. @default - none
   */
  readonly tls?: {
    readonly host: string;
    readonly port: number;
    readonly certificate: string;
    readonly privateKey: string;
  };
  /** What sessions expire by; signatures are always held to the wall clock. @default Date.now */
  readonly clock?: Clock;
  /**
   * Whether S3's implicit ListBucket check on a missing object (404 where the caller may list, 403
   * where not) is asked with `s3:prefix` = the key. AWS does not document it.
   *
   * @default true
   */
  readonly missingObjectCheckHasPrefix?: boolean;
  /** One line a refusal and a fault; never a secret. @default - silent */
  readonly log?: (line: string) => void;
}

/**
 * AWS for the lab: S3, DynamoDB, STS, IAM and Roles Anywhere on one loopback port. moto keeps the
 * data; this verifies every signature and decides by role policy AND session policy AND expiry.
 *
 * @throws Error  when moto does not answer, the address is not loopback or the port is taken
 */
export async function startAwsDouble(o: AwsDoubleOptions): Promise<AwsDouble> {
  const host = o.host ?? '127.0.0.1';
  if (!/^127\.\d+\.\d+\.\d+$/.test(host)) {
    throw new Error(`The lab's AWS listens on loopback only, got ${host}.`);
  }
  await mkdir(o.stateDir, { recursive: true, mode: 0o700 });
  const clock = shiftableClock(o.clock);
  const moto = motoClient(o.motoUrl, o.region);
  const sessions = await openSessions(o.stateDir, clock.now);
  const anchors = await openAnchors(o.stateDir);
  const bucketPolicies = await openBucketPolicies(o.stateDir);
  const roles = rolesOf(moto);
  const issue = sessionIssuer(moto, sessions, clock.now);
  const renewAdmin = () =>
    issueAdminCredentials({ stateDir: o.stateDir, accountId: o.accountId, moto, roles, issue });
  await renewAdmin();
  const token = await makeControlToken(o.stateDir);
  const parts = {
    ...{
      moto,
      roles,
      issue,
      anchors,
      bucketPolicies,
      accountId: o.accountId,
      region: o.region,
      now: clock.now,
    },
    missingObjectCheckHasPrefix: o.missingObjectCheckHasPrefix ?? true,
  };
  const call = serviceCalls(parts);

  const reply = async (request: AwsRequest, claim: Claim | undefined): Promise<Reply> => {
    if (request.path.startsWith('/_lab/')) return control(request, token, { clock, renewAdmin });
    if (claim === undefined) throw new Refusal('unsigned', 'Missing Authentication Token');
    if (claim.algorithm.startsWith('AWS4-X509-')) return createSession(parts, request, claim);
    const { caller, plain } = authenticate(request, claim, sessions, clock.now);
    return call(caller, plain, claim);
  };

  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    void (async () => {
      const requestId = randomUUID();
      let protocol: Protocol = 's3';
      try {
        const request = await readRequest(incoming);
        protocol = guessProtocol(request);
        const claim = request.path.startsWith('/_lab/') ? undefined : readClaim(request);
        if (claim !== undefined) protocol = protocolOf(claim.service);
        send(outgoing, request.method, await reply(request, claim));
      } catch (error) {
        const refusal =
          error instanceof Refusal
            ? error
            : new Refusal('invalid', 'The lab failed; see its log.', 'InternalError', 500);
        const detail = error instanceof Error ? error.message : String(error);
        o.log?.(`aws: ${incoming.method ?? ''} ${refusal.code ?? refusal.kind}: ${detail}`);
        send(outgoing, incoming.method ?? 'GET', renderRefusal(refusal, protocol, requestId));
      }
    })();
  };
  const plain = createServer(answer);
  const port = await listen(plain, o.port ?? 0, host);
  const servers: (Server | TlsServer)[] = [plain];
  if (o.tls !== undefined) {
    const { certificate: cert, privateKey: key } = o.tls;
    const encrypted = createTlsServer({ cert, key }, answer);
    await listen(encrypted, o.tls.port, o.tls.host);
    servers.push(encrypted);
  }
  return {
    url: `http://${host}:${String(port)}`,
    close: async () => {
      await Promise.all(servers.map(close));
      moto.close();
    },
  };
}

async function listen(server: Server | TlsServer, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function close(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** Signature first, so that only the holder of a key learns anything about its session. */
function authenticate(
  request: AwsRequest,
  claim: Claim,
  sessions: Sessions,
  now: Clock,
): { readonly caller: Session; readonly plain: AwsRequest } {
  const caller = sessions.find(claim.credential);
  if (caller === undefined) {
    throw new Refusal('unknown-key', 'The AWS access key id does not exist in the lab.');
  }
  checkFreshness(request, claim, Date.now());
  verifySignature(request, claim, caller.secretAccessKey);
  if (claim.sessionToken !== caller.sessionToken) {
    throw new Refusal('bad-token', 'The security token included in the request is invalid.');
  }
  if (now() >= caller.expiresAt) {
    throw new Refusal('expired', 'The security token included in the request is expired');
  }
  return { caller, plain: unchunk(request, claim, caller.secretAccessKey) };
}

function protocolOf(service: string): Protocol {
  if (service === 's3' || service === 'dynamodb') return service;
  return service === 'rolesanywhere' ? 'rest-json' : 'query';
}

/** For a request without a usable signature: the error still has to be one its sender can read. */
function guessProtocol(request: AwsRequest): Protocol {
  if (request.path.startsWith('/_lab/') || request.path === '/sessions') return 'rest-json';
  if (request.headers.has('x-amz-target')) return 'dynamodb';
  return request.headers.get('content-type')?.includes('form-urlencoded') === true ? 'query' : 's3';
}

function send(outgoing: ServerResponse, method: string, reply: Reply): void {
  const headers: Record<string, string | string[]> = { ...reply.headers };
  if (method !== 'HEAD') headers['content-length'] = String(Buffer.byteLength(reply.body));
  outgoing.writeHead(reply.status, headers);
  outgoing.end(method === 'HEAD' || reply.status === 204 ? undefined : reply.body);
}
