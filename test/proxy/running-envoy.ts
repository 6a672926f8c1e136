import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { envoy } from '../../lab/parts/python.ts';
import { accepts } from '../../lab/processes/port.ts';
import { startProcess, stopProcess, waitFor } from '../../lab/processes/process.ts';
import { envoyBootstrap } from '../../src/proxy/bootstrap.ts';
import type { ProxyPlace } from '../../src/proxy/place.ts';
import type { Proxy } from '../../src/model/proxy.ts';

export interface RunningEnvoy {
  /** Where its output goes: access log and its own. */
  readonly log: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** A real Envoy with the configuration of that proxy. */
export async function startEnvoy(
  directory: string,
  proxy: Proxy,
  place: ProxyPlace,
): Promise<RunningEnvoy> {
  const { path } = await envoy(() => undefined);
  const config = join(directory, 'envoy.json');
  await writeFile(config, JSON.stringify(envoyBootstrap(proxy, place)));
  const log = join(directory, 'envoy.log');
  const args = ['-c', config, '--disable-hot-restart', '--concurrency', '1', '-l', 'warning'];
  const running = await startProcess({ command: path, args }, log);
  const ports = proxy.upstreams.map(({ port }) => port);
  await waitFor(
    'Envoy',
    running,
    log,
    async () =>
      (await Promise.all(ports.map((port) => accepts(place.address, port)))).every(Boolean),
    120,
  );
  return { log, pid: running.pid, stop: () => stopProcess(running) };
}
