import { verifierPaths } from '../../src/model/names.ts';
import { ownToken, type AclRule } from './acl.ts';

/**
 * Whoever tries the deployed backbone: it may have a token of minutes with the policy of a consumer, made by a
 * token role that gives no other policies and binds it to the verifier's own addresses. It can enrol for no
 * certificate, hand out no SecretID and end nobody else's token; its own ones end with it.
 */
export function verifierAcl(): readonly AclRule[] {
  return [
    {
      why: 'a short token with the policy of a consumer; which ones there are, its token role says',
      path: verifierPaths.token,
      capabilities: ['create', 'update'],
      parameters: ['policies', 'ttl'],
      required: ['policies', 'ttl'],
    },
    {
      why: 'ask what a token may do, where to try it would destroy something',
      path: verifierPaths.capabilities,
      capabilities: ['create', 'update'],
      parameters: ['accessor', 'paths'],
    },
    ...ownToken,
  ];
}
