import { VaultProvider } from '@cdktf/provider-vault/lib/provider/index.js';
import type { Construct } from 'constructs';
import type { Backbone } from '../src/model/backbone.ts';

/** The provider of a stack that configures OpenBao; its token comes from the environment. */
export function openbaoProvider(scope: Construct, { openbaoAddress }: Backbone): void {
  new VaultProvider(scope, 'vault', {
    address: openbaoAddress,
    // A child token needs the right to create one, which no identity here has.
    skipChildToken: true,
    // Written out, as the default is VAULT_SKIP_VERIFY of whatever shell this runs in.
    skipTlsVerify: false,
  });
}
