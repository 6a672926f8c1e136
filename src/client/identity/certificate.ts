import type { FindIdentity } from './source.ts';

/** The client certificate of an enrolled consumer, in its state directory. */
export const findCertificate: FindIdentity = () => undefined;
