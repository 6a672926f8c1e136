import { githubKey } from '../../src/model/names.ts';
import type { AclRule } from './acl.ts';

/**
 * Whoever brings the key of the GitHub App: may put it in, wrapped, and see its public half. What would let it
 * out again (`exportable`, `allow_plaintext_backup`) cannot be sent, and nothing here signs.
 */
export function githubKeyAcl(): readonly AclRule[] {
  return [
    {
      why: 'the public key that a private one is wrapped for',
      path: githubKey.wrappingKey,
      capabilities: ['read'],
    },
    {
      why: 'see versions and public halves of the key of the GitHub App',
      path: githubKey.key,
      capabilities: ['read'],
    },
    {
      why: 'bring the key of the GitHub App, never to be exported',
      path: githubKey.import,
      capabilities: ['create', 'update'],
      parameters: ['ciphertext', 'hash_function', 'type'],
    },
    {
      why: 'bring the next key of the GitHub App',
      path: githubKey.importVersion,
      capabilities: ['create', 'update'],
      parameters: ['ciphertext', 'hash_function'],
    },
  ];
}
