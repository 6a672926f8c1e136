import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGithubDouble } from '../../lab/github/double.ts';
import { startUnifiDouble } from '../../lab/unifi/double.ts';
import { createKey } from '../../src/rotation/private-api.ts';
import { signIn } from '../../src/rotation/session.ts';
import { app, installations } from '../lab/github/running-double.ts';
import { admin } from './unifi-admin.ts';

/** What the test hands over: these doubles run in the network of the containers, where it is not itself. */
export interface DoublesPlace {
  readonly directory: string;
  readonly host: string;
  readonly githubPort: number;
  readonly unifiPort: number;
  readonly tls: { readonly certificate: string; readonly privateKey: string };
  /** Public half of the App's key. */
  readonly publicKey: string;
  readonly certificateSha256: string;
}

const place = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as DoublesPlace;
const { directory, host, tls, certificateSha256 } = place;
await startGithubDouble({
  ...{ stateDir: join(directory, 'github'), tls, app, installations, host },
  ...{ publicKeys: [place.publicKey], port: place.githubPort },
});
const unifi = await startUnifiDouble({
  ...{ kind: 'os', stateDir: join(directory, 'unifi'), accounts: [admin], tls, host },
  port: place.unifiPort,
});
const session = await signIn(
  { controller: unifi.url, kind: 'os', site: 'default', certificateSha256 },
  admin.name,
  admin.password,
);
if (session === undefined) throw new Error('nobody can sign in');
const { key } = await createKey(session, 'proxy');
process.stdout.write(`${key}\n`);
