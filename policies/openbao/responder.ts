import type { Consumer } from '../../src/model/consumer.ts';
import { arrivalPath, responderPaths } from '../../src/model/names.ts';
import { ownToken, type AclRule } from './acl.ts';

/**
 * Whoever answers an interception: finds what came of a SecretID, and takes it away. It reads no secret and
 * makes no credential. It can end any token, as the server knows tokens by no path: at worst, everybody
 * has to log in again.
 */
export function responderAcl(consumers: readonly Consumer[]): readonly AclRule[] {
  return [
    ...consumers.flatMap(({ name, paths }): AclRule[] => [
      {
        why: `find the SecretIDs of ${name}, by their accessors`,
        path: paths.secretId,
        capabilities: ['list'],
      },
      {
        why: `see what a SecretID of ${name} was made for`,
        path: paths.lookupAccessor,
        capabilities: ['create', 'update'],
        parameters: ['secret_id_accessor'],
      },
      {
        why: `destroy a SecretID of ${name}`,
        path: paths.destroyAccessor,
        capabilities: ['create', 'update'],
        parameters: ['secret_id_accessor'],
      },
      { why: `see when ${name} arrived`, path: arrivalPath(name), capabilities: ['read'] },
    ]),
    {
      why: 'find tokens by the hash that the audit log has of their accessors; wants sudo',
      path: responderPaths.tokenAccessors,
      capabilities: ['list', 'sudo'],
    },
    {
      why: 'see whose a token is',
      path: responderPaths.lookupToken,
      capabilities: ['create', 'update'],
      parameters: ['accessor'],
    },
    {
      why: 'end a token',
      path: responderPaths.revokeToken,
      capabilities: ['create', 'update'],
      parameters: ['accessor'],
    },
    {
      why: 'hash an accessor as the audit log does',
      path: responderPaths.auditHash,
      capabilities: ['create', 'update'],
      parameters: ['input'],
    },
    {
      why: 'find a certificate by the hash that the audit log has of its serial number',
      path: responderPaths.certificates,
      capabilities: ['list'],
    },
    {
      why: 'revoke a certificate',
      path: responderPaths.revokeCertificate,
      capabilities: ['create', 'update'],
      parameters: ['serial_number'],
    },
    {
      why: 'tell the certificate login which ones are revoked',
      path: responderPaths.tellRevocations,
      capabilities: ['create', 'read', 'update'],
      parameters: ['crl'],
    },
    ...ownToken,
  ];
}
