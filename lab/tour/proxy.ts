import { readFile } from 'node:fs/promises';
import { exchange } from '../../src/client/transport.ts';
import type { Consumer } from '../../src/model/consumer.ts';
import type { Upstream } from '../../src/model/proxy.ts';
import type { Lab } from '../lab.ts';
import { addressOf, type Cast } from './cast.ts';
import type { Proofs } from './proof.ts';

const part = 'proxy';
const health = '/proxy/network/api/s/default/stat/health';

/** Rung 3: whoever asks through the proxy holds nothing, and directly gets nothing. */
export async function showProxy(lab: Lab, { stranger }: Cast, proofs: Proofs): Promise<void> {
  const { backbone, record, paths } = lab;
  const { proxy, consumers } = backbone;
  const upstream = proxy?.upstreams.find(({ allow }) =>
    allow.some(({ methods, path }) => methods.includes('GET') && health.startsWith(path)),
  );
  if (proxy === undefined || upstream === undefined) return;
  if (record.processes.envoy === undefined) return;
  const unattended = consumers.filter(({ kind }) => kind !== 'operator');
  const user = unattended.find((one) => uses(one, upstream));
  if (user === undefined || uses(stranger, upstream)) return;
  const ca = await readFile(paths.caCertificate, 'utf8');
  const ask = async (base: string, from: string, method = 'GET') => {
    const { status, text } = await exchange({
      ...{ url: `${base}${health}`, method, headers: {}, body: undefined, ca },
      ...{ clientCertificate: undefined, localAddress: from, patience: 10_000 },
    });
    if (status !== 200) throw new Error(`${String(status)} ${text}`);
    return text.length;
  };
  const through = `https://${proxy.address}:${String(upstream.port)}`;
  const own = addressOf(user);
  // The feeder has to see the value first, at its next look.
  for (let looks = 0; looks < 100; looks += 1) {
    if (await ask(through, own).then(Boolean, () => false)) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await proofs.allowed(
    part,
    `${user.name}, which has no credential, reads the controller through the proxy`,
    async () => `${String(await ask(through, own))} bytes, ${upstream.header} was added on the way`,
  );
  await proofs.denied(part, 'directly it cannot', /^401/, () =>
    ask(`https://127.0.0.1:${String(record.ports.unifi)}`, own),
  );
  await proofs.denied(part, `${stranger.name} cannot: it is not granted the proxy`, /^403/, () =>
    ask(through, addressOf(stranger)),
  );
  await proofs.denied(part, 'and nobody may write through it', /^403/, () =>
    ask(through, own, 'POST'),
  );
}

const uses = ({ grants }: Consumer, { name }: Upstream) =>
  grants.some((grant) => grant.kind === 'proxy' && grant.upstream === name);
