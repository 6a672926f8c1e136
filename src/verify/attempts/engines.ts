import { generateKeyPairSync } from 'node:crypto';
import { certificateRequest } from '../../client/certificate/csr.ts';
import type { Backbone } from '../../model/backbone.ts';
import type { EngineGrant } from '../../model/grant.ts';
import type { Attempt } from '../attempt.ts';

const allowed = { kind: 'engine', expected: 'allowed' } as const;
const denied = { kind: 'engine', expected: 'denied' } as const;

/**
 * The keys of what is signed here are thrown away unused; a user of a database ends with the lease of the
 * token that asked for it.
 */
export function engineAttempts(backbone: Backbone, grant: EngineGrant): readonly Attempt[] {
  const { path } = grant;
  const sibling: Attempt = {
    ...denied,
    tries: `the sibling ${path}-verify`,
    request: { method: grant.kind === 'database' ? 'GET' : 'POST', path: `${path}-verify` },
  };
  switch (grant.kind) {
    case 'ssh': {
      const body = { public_key: sshPublicKey() };
      return [
        { ...allowed, tries: `sign by ${path}`, request: { method: 'POST', path, body } },
        {
          ...denied,
          tries: `choose a principal at ${path}`,
          request: { method: 'POST', path, body: { ...body, valid_principals: 'root' } },
        },
        sibling,
      ];
    }
    case 'certificate': {
      const role = backbone.engines?.pki?.roles.find(({ name }) => name === grant.role);
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const body = { csr: certificateRequest(role?.domains[0] ?? 'verify.invalid', privateKey) };
      return [
        { ...allowed, tries: `sign by ${path}`, request: { method: 'POST', path, body } },
        {
          ...denied,
          tries: `choose a life at ${path}`,
          request: { method: 'POST', path, body: { ...body, ttl: '87600h' } },
        },
        sibling,
      ];
    }
    case 'database':
      return [
        { ...allowed, tries: `have a user by ${path}`, request: { method: 'GET', path } },
        sibling,
      ];
  }
}

/** A line of `authorized_keys` (RFC 8709, RFC 4253 section 6.6). */
function sshPublicKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const field = (content: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  };
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]);
  return `ssh-ed25519 ${blob.toString('base64')} verify`;
}
