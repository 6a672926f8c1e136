import { generateKeyPairSync } from 'node:crypto';
import { call, type Connection } from '../../src/client/openbao.ts';
import { object, text } from '../../src/contract/shape.ts';
import type { Lab } from '../lab.ts';
import { becomeIssuer, bootstrap, type TourStart } from './bootstrap.ts';
import type { Proofs } from './proof.ts';

const part = 'engines';

/** An SSH certificate of minutes: what its consumer gets of the authority, and what it cannot ask for. */
export async function showEngines(lab: Lab, start: TourStart, proofs: Proofs): Promise<void> {
  const { engines, consumers } = lab.backbone;
  const unattended = consumers.filter(({ kind }) => kind !== 'operator');
  const role = engines?.ssh?.roles.find((one) =>
    unattended.some(({ name }) => name === one.consumer),
  );
  const holder = unattended.find(({ name }) => name === role?.consumer);
  if (role === undefined || holder === undefined) return;
  const connection = await bootstrap(await becomeIssuer(start), holder, start.wrapTtl);
  const public_key = newPublicKey();
  await proofs.allowed(part, `${holder.name} has an SSH key signed as ${role.role}`, async () => {
    const answer = await sign(connection, role.path, { public_key });
    const [type = ''] = text(object(answer?.data, role.path), 'signed_key').split(' ');
    return `${type}: ${role.principals.join(', ')}, from ${role.from.join(', ')}, for ${String(role.ttl / 60)} min`;
  });
  const refused = /permission denied/;
  await proofs.denied(part, 'it cannot choose another principal', refused, () =>
    sign(connection, role.path, { public_key, valid_principals: 'root' }),
  );
  await proofs.denied(part, 'nor the certificates of another consumer', refused, () =>
    sign(connection, `${role.path}-old`, { public_key }),
  );
}

const sign = (connection: Connection, path: string, body: object) =>
  call(connection, { method: 'POST', path, body });

/** A new ed25519 key as OpenSSH writes it (RFC 8709): type and key, each after its length. */
function newPublicKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const field = (content: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  };
  const type = 'ssh-ed25519';
  return `${type} ${Buffer.concat([field(Buffer.from(type)), field(raw)]).toString('base64')}`;
}
