import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Proxy, Upstream } from '../src/model/proxy.ts';
import { envoyBootstrap } from '../src/proxy/bootstrap.ts';
import { secretFile } from '../src/proxy/place.ts';
import { bundles, consumerHost } from './consumer-host.ts';
import { proxyPemName } from './material.ts';
import { exists } from './parts/cache.ts';
import { PartMissing } from './parts/part.ts';
import { envoy } from './parts/python.ts';
import { writePrivateFile } from './private-file.ts';
import { accepts } from './processes/port.ts';
import type { ServerPlan } from './server-plan.ts';
import type { Lab } from './lab.ts';

/** The egress proxy at the address of its container: the feeder has the identity, Envoy reads its files. */
export function proxyPlans(lab: Lab): readonly ServerPlan[] {
  const { paths, backbone } = lab;
  const { proxy } = backbone;
  if (proxy === undefined) return [];
  const files = proxy.upstreams.map(({ name }) => join(paths.proxySecrets, secretFile(name)));
  const fed = async () => (await Promise.all(files.map(exists))).every(Boolean);
  return [
    {
      server: 'feeder',
      prepare: async () => {
        const host = await consumerHost(lab, proxy.consumer);
        if ('waitsFor' in host) return host;
        await bundles(paths);
        await mkdir(paths.proxySecrets, { recursive: true, mode: 0o700 });
        return {
          command: process.execPath,
          args: [
            ...[paths.clientBundle, 'feed', '--directory', paths.proxySecrets, '--allow-disk'],
            ...['--poll', '5', ...host.delivery],
          ],
          env: host.env,
        };
      },
      ready: fed,
    },
    {
      server: 'envoy',
      prepare: async () => {
        if (!(await fed())) return { waitsFor: 'its feeder' };
        const program = await envoyProgram();
        if (program === undefined) return { waitsFor: 'an Envoy for this system: PyPI has none' };
        const { address } = proxy;
        const config = envoyBootstrap(atTheDoubles(proxy, lab), {
          ...{ address, names: [address], secrets: paths.proxySecrets, authorities: {} },
          tls: { directory: paths.proxyTls, file: proxyPemName },
        });
        await writePrivateFile(paths.proxyConfig, JSON.stringify(config));
        return {
          command: program,
          args: [
            ...['-c', paths.proxyConfig, '--disable-hot-restart'],
            ...['--concurrency', '1', '-l', 'warning'],
          ],
        };
      },
      ready: async () => {
        const open = proxy.upstreams.map(({ port }) => accepts(proxy.address, port));
        return (await Promise.all(open)).every(Boolean);
      },
    },
  ];
}

/** There are wheels of Envoy for Linux alone; elsewhere the lab is without its proxy. */
async function envoyProgram(): Promise<string | undefined> {
  try {
    return (await envoy(() => undefined)).path;
  } catch (error) {
    if (error instanceof PartMissing) return undefined;
    throw error;
  }
}

/** A port where nobody listens (discard, RFC 863): whoever has no double here is not reached at all. */
const nowhere = 9;

/**
 * A declaration may not send a proxy to loopback, where the doubles are, so their place is taken here, after it was
 * judged. Certificates are checked all the same.
 */
function atTheDoubles(proxy: Proxy, { backbone, record }: Lab): Proxy {
  const consoles = backbone.secrets.flatMap(({ path, rotation }) =>
    rotation === undefined ? [] : [{ path, pin: rotation.certificateSha256 }],
  );
  const moved = (upstream: Upstream): Upstream => {
    const found = consoles.find(({ path }) => path === upstream.secret);
    const here = { ...upstream, host: '127.0.0.1', isAddress: true };
    return found === undefined
      ? { ...here, hostPort: nowhere }
      : { ...here, hostPort: record.ports.unifi, certificateSha256: found.pin };
  };
  return { ...proxy, upstreams: proxy.upstreams.map(moved) };
}
