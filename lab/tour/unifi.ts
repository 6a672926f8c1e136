import { join } from 'node:path';
import { readKv, readKvMetadata, writeKv } from '../../src/client/kv.ts';
import { call, type Connection } from '../../src/client/openbao.ts';
import type { RotationContract } from '../../src/contract/contract.ts';
import type { Backbone } from '../../src/model/backbone.ts';
import { resolveContract } from '../../src/model/contract.ts';
import type { Secret } from '../../src/model/secret.ts';
import { works, type Fields } from '../../src/rotation/credential.ts';
import { rotateAll } from '../../src/rotation/rotate.ts';
import { readAccounts } from '../unifi/accounts.ts';
import type { Lab } from '../lab.ts';
import { becomeIssuer, bootstrap, type TourStart } from './bootstrap.ts';
import type { Cast } from './cast.ts';
import type { Proofs } from './proof.ts';

/** What stood in the secret that the part before this one writes over. */
export async function keptValue(
  operator: Connection,
  { secret }: Cast,
): Promise<{ readonly path: string; readonly fields: Fields } | undefined> {
  const fields = await readKv(operator, secret.dataPath);
  return fields === undefined ? undefined : { path: secret.path, fields };
}

/** A static credential of rung 2: used by its consumer while it is replaced, and dead afterwards. */
export async function showUnifi(
  lab: Lab,
  start: TourStart,
  kept: Awaited<ReturnType<typeof keptValue>>,
  proofs: Proofs,
): Promise<void> {
  const { backbone } = lab;
  const { consumers } = backbone;
  const rotator = consumers.find(({ grants }) => grants.some(({ kind }) => kind === 'rotate'));
  if (rotator === undefined) return;
  await putValues(lab, start.operator, kept);
  const rotations = resolveContract(backbone, undefined, rotator).rotations ?? {};
  const issuer = await becomeIssuer(start);
  const connection = await bootstrap(issuer, rotator, start.wrapTtl);
  const directory = join(lab.paths.root, 'rotation');
  const rotate = async (secret: string) => {
    const [done] = await rotateAll(
      { connection, directory, say: () => undefined },
      rotations,
      secret,
    );
    if (done?.outcome !== 'rotated') throw new Error(done?.detail ?? 'nothing was rotated');
    return `version ${String(done.version)}`;
  };
  for (const account of ['api-key', 'password'] as const) {
    const cast = readerOf(backbone, account);
    const rotation = rotations[cast?.secret.path ?? ''];
    if (cast === undefined || rotation === undefined) continue;
    const { secret, reader } = cast;
    const consumer = await bootstrap(issuer, reader, start.wrapTtl);
    if (account === 'api-key') await rotate(secret.path);
    const what = account === 'api-key' ? 'API key' : 'password';
    const old = (await readKv(consumer, secret.dataPath)) ?? {};
    await proofs.allowed('UniFi', `${reader.name} reads its ${what} and uses it`, async () => {
      await mustWork(rotation, old);
      return `signed in as ${rotation.admin} at ${rotation.controller}`;
    });
    if (account === 'api-key') {
      await proofs.allowed(
        'UniFi',
        `${rotator.name} replaces it, and ${reader.name} is not disturbed once`,
        async () => {
          const watch = usedMeanwhile(consumer, secret, rotation);
          const version = await rotate(secret.path);
          return `${version}; used ${String(await watch.stop())} times meanwhile`;
        },
      );
    } else {
      await proofs.allowed('UniFi', `${rotator.name} replaces the ${what}`, async () => {
        const version = await rotate(secret.path);
        await mustWork(rotation, (await readKv(consumer, secret.dataPath)) ?? {});
        return `${version}, which ${reader.name} reads and uses`;
      });
    }
    await proofs.denied('UniFi', `the old ${what} is dead`, /does not take it/, () =>
      mustWork(rotation, old),
    );
  }
  for (const { secret } of backbone.proxy?.upstreams ?? []) {
    if (rotations[secret] === undefined) continue;
    await proofs.allowed('UniFi', `${rotator.name} makes the key that only the proxy reads`, () =>
      rotate(secret),
    );
  }
  await proofs.denied(
    'UniFi',
    `${rotator.name} can do nothing else: it mints no session`,
    /permission denied/,
    () => call(connection, { method: 'POST', path: start.cast.profile.stsPath, body: {} }),
  );
}

async function mustWork(rotation: RotationContract, fields: Fields): Promise<void> {
  if (!(await works(rotation, rotation, fields)))
    throw new Error('the controller does not take it');
}

/** The proxy is no such reader: what it reads is for others. */
function readerOf({ secrets, consumers, proxy }: Backbone, account: 'api-key' | 'password') {
  for (const secret of secrets) {
    if (secret.rotation?.account !== account) continue;
    const reader = consumers.find(
      ({ kind, name, grants }) =>
        kind !== 'operator' &&
        name !== proxy?.consumer &&
        grants.some((grant) => grant.kind === 'secret' && grant.secret === secret.path),
    );
    if (reader !== undefined) return { secret, reader };
  }
  return undefined;
}

/** As a consumer does: it uses what it has read, and reads again where that is not taken any more. */
function usedMeanwhile(consumer: Connection, secret: Secret, rotation: RotationContract) {
  const watch = { ended: false };
  const using = (async () => {
    let uses = 0;
    let held = (await readKv(consumer, secret.dataPath)) ?? {};
    while (!watch.ended) {
      if (!(await works(rotation, rotation, held))) {
        held = (await readKv(consumer, secret.dataPath)) ?? {};
        await mustWork(rotation, held);
      }
      uses += 1;
    }
    return uses;
  })();
  // Looked at by `stop`, whatever the rotation does.
  using.catch(() => undefined);
  return {
    stop: () => {
      watch.ended = true;
      return using;
    },
  };
}

/** What a person puts in once: the passwords with which the console was set up. */
async function putValues(
  { backbone, paths }: Lab,
  operator: Connection,
  kept: Awaited<ReturnType<typeof keptValue>>,
): Promise<void> {
  const accounts = await readAccounts(paths.unifiAccounts);
  for (const { path, fields, dataPath, metadataPath, rotation } of backbone.secrets) {
    if (rotation?.account !== 'password') continue;
    const { certificateSha256 = '', ...plain } = rotation;
    const place = { ...plain, certificateSha256 };
    const password = accounts.find(({ name }) => name === rotation.admin)?.password ?? '';
    const others = Object.fromEntries(fields.map((field) => [field, rotation.controller]));
    const first = { ...others, username: rotation.admin, password };
    const held = await readKv(operator, dataPath);
    for (const candidate of [held, kept?.path === path ? kept.fields : undefined, first]) {
      const named = candidate?.username === rotation.admin;
      if (candidate === undefined || !named || !(await works(place, place, candidate))) continue;
      if (candidate === held) break;
      const { current_version = 0 } = (await readKvMetadata(operator, metadataPath)) ?? {};
      await writeKv(operator, dataPath, candidate, current_version);
      break;
    }
  }
}
