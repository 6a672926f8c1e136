import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCa, issue } from '../lab/pki.ts';
import { freePorts } from '../lab/processes/port.ts';
import { writeSecret } from '../src/client/feed/files.ts';
import type { Proxy } from '../src/model/proxy.ts';
import { ask } from '../test/proxy/asking.ts';
import { startEnvoy } from '../test/proxy/running-envoy.ts';
import type { Measured } from './broker.ts';
import { measure, residentMiB } from './measure.ts';

/** A small answer through Envoy, which adds a credential, against the same from the upstream itself. Both by TLS. */
export async function measureProxy(rounds: number): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-proxy-'));
  const [port = 0] = await freePorts(1);
  const authority = await createCa('bench CA');
  const leaf = await issue(authority, { commonName: 'bench', addresses: ['127.0.0.1'] });
  const upstream = createServer({ key: leaf.privateKey, cert: leaf.certificate }, (_, answer) => {
    answer.end('{"data":[]}');
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const upstreamPort = (upstream.address() as AddressInfo).port;
  const [secrets, tls] = [join(directory, 'secrets'), join(directory, 'tls')];
  await mkdir(secrets);
  await mkdir(tls);
  await writeFile(join(tls, 'proxy.pem'), `${leaf.privateKey}\n${leaf.certificate}\n`);
  writeSecret(secrets, 'api', 'a value');
  const proxy = {
    consumer: 'egress-proxy',
    upstreams: [
      {
        ...{ name: 'api', port, host: '127.0.0.1', isAddress: true, hostPort: upstreamPort },
        ...{ header: 'X-API-KEY', from: ['127.0.0.1/32'] },
        allow: [{ methods: ['GET'], path: '/' }],
      },
    ],
  } as unknown as Proxy;
  const place = { address: '127.0.0.1', names: ['127.0.0.1'], secrets };
  const envoy = await startEnvoy(directory, proxy, {
    ...{ ...place, tls: { directory: tls, file: 'proxy.pem' } },
    authorities: { api: authority.certificate },
  });
  const agent = new Agent({ keepAlive: true });
  const get = (to: number) => async () => {
    const { status } = await ask({ port: to, ca: authority.certificate, agent, path: '/v1' });
    if (status !== 200) throw new Error(`no answer: ${String(status)}`);
  };
  try {
    const direct = 'directly';
    const figures = await measure(rounds, [
      { what: direct, run: get(upstreamPort) },
      { what: 'through the proxy', run: get(port), against: direct },
    ]);
    const memory = {
      'this process, with the upstream': await residentMiB(process.pid),
      Envoy: await residentMiB(envoy.pid),
    };
    return { figures, memory };
  } finally {
    agent.destroy();
    await envoy.stop();
    upstream.close();
    await rm(directory, { recursive: true, force: true });
  }
}
