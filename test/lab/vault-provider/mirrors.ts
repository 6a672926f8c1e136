import { buildStandIn } from '../../../lab/vault-provider/build.ts';
import { mirrorsFor } from '../provider-protocol/mirrors.ts';

export const { standInMirror, realProvider, mirrorOf } = mirrorsFor(
  { source: 'hashicorp/vault', version: '5.6.0' },
  buildStandIn,
);
