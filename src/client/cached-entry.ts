import { giveCached } from './creds/give-cached.ts';

/** Whether the first part of the bundle did it all; see `src/bundle/client.ts`. */
export const given = giveCached(process.argv.slice(2), process.env);
