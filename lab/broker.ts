import { readFile, rm } from 'node:fs/promises';
import { importKey } from '../src/client/github/import-key.ts';
import { readAppKey } from '../src/client/github/wrap-key.ts';
import { OpenBaoError } from '../src/client/openbao.ts';
import { exchange } from '../src/client/transport.ts';
import { githubAppContract } from '../src/model/github-contract.ts';
import { bundles, consumerHost, githubCas } from './consumer-host.ts';
import { openSession } from './identity.ts';
import { exists } from './parts/cache.ts';
import type { ServerPlan } from './server-plan.ts';
import type { Lab } from './lab.ts';

/** The GitHub broker as it is shipped, at the address of its container, under `backbone run`. */
export function brokerPlan(lab: Lab): readonly ServerPlan[] {
  const { paths, backbone } = lab;
  const { github } = backbone;
  if (github === undefined) return [];
  return [
    {
      server: 'broker',
      prepare: async () => {
        const host = await consumerHost(lab, github.broker.consumer);
        if ('waitsFor' in host) return host;
        if (!(await bringKey(lab))) return { waitsFor: 'a deploy of the stack github' };
        await bundles(paths);
        return {
          command: process.execPath,
          args: [
            ...[paths.clientBundle, 'run', '--with-token', '--allow-disk', ...host.delivery],
            ...['--', process.execPath, paths.brokerBundle],
          ],
          env: {
            ...host.env,
            BROKER_TLS_CERTIFICATE: paths.brokerCertificate,
            BROKER_TLS_KEY: paths.brokerKey,
            BROKER_STATE: paths.brokerState,
          },
        };
      },
      ready: async () => {
        const ca = await readFile(paths.caCertificate, 'utf8');
        const { status } = await exchange({
          ...{ url: `${github.broker.url}/health`, method: 'GET', headers: {}, body: undefined },
          ...{ ca, clientCertificate: undefined, localAddress: undefined, patience: 5_000 },
        }).catch(() => ({ status: 0 }));
        return status === 200;
      },
    },
  ];
}

/**
 * What an operator does once: brings the key that GitHub gave, and deletes the file.
 *
 * @returns false where there is no engine for it yet
 */
async function bringKey({ paths, backbone }: Lab): Promise<boolean> {
  const ca = await readFile(paths.caCertificate, 'utf8');
  if (!(await exists(paths.githubAppKey))) return true;
  const { githubApp } = githubAppContract(backbone, undefined, githubCas(backbone, ca));
  if (githubApp === undefined) return false;
  const { connection } = await openSession({ paths, backbone }, 'operator');
  try {
    await importKey(connection, githubApp, readAppKey(await readFile(paths.githubAppKey)));
  } catch (error) {
    if (!(error instanceof OpenBaoError)) throw error;
    return false;
  }
  await rm(paths.githubAppKey);
  return true;
}
