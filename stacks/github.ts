import type { Construct } from 'constructs';
import { IdentityToken } from '../src/constructs/openbao/identity-token.ts';
import { TransitEngine } from '../src/constructs/openbao/transit-engine.ts';
import type { Backbone } from '../src/model/backbone.ts';
import { githubIdentity, mounts } from '../src/model/names.ts';
import { openbaoProvider } from './openbao-provider.ts';
import { BackboneStack } from './stack.ts';

/** A proof is got anew for each request: it lives for the clocks, not for a second use. */
const proofTtl = 60;

/**
 * What the GitHub broker stands on in OpenBao: the engine that holds the key of the App, and the proofs of
 * those who have no certificate. The key itself is imported by `backbone github import-key`; who may sign is
 * said in the stack `openbao`, by the grants.
 */
export class GithubStack extends BackboneStack {
  constructor(scope: Construct, backbone: Backbone) {
    super(scope, 'github', backbone);
    const { protection } = backbone.declaration.openbao;

    openbaoProvider(this, backbone);
    new TransitEngine(this, 'transit', {
      path: mounts.transit,
      description: 'Signs as the GitHub App; the key cannot be exported',
      protection,
    });
    new IdentityToken(this, 'proofs', { ...githubIdentity, ttl: proofTtl });
  }
}
