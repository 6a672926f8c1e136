import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { z } from 'zod';
import type { Connection } from '../../src/client/openbao.ts';
import { readKv, readKvMetadata, writeKv } from '../../src/client/kv.ts';
import type { InfisicalConnection } from '../../src/infisical/api.ts';
import {
  findIdentity,
  findProject,
  mintClientSecret,
  readClientId,
} from '../../src/infisical/client-secrets.ts';
import { logIn } from '../../src/infisical/login.ts';
import { readSecrets, writeSecret, type Folder } from '../../src/infisical/secrets.ts';
import type { Infisical, MachineIdentity } from '../../src/model/infisical.ts';
import { infisicalLogin } from '../../src/model/names.ts';
import type { Lab } from '../lab.ts';
import { addressOf } from './cast.ts';
import type { Proofs } from './proof.ts';

const part = 'Infisical';
const login = z.object({ clientId: z.string(), clientSecret: z.string() });

/** Static app secrets: a machine identity, its folder, and the limits of what it holds. */
export async function showInfisical(lab: Lab, operator: Connection, proofs: Proofs): Promise<void> {
  const { infisical } = lab.backbone;
  const [identity, neighbour] = infisical?.identities ?? [];
  if (infisical === undefined || identity === undefined || neighbour === undefined) return;
  const place = {
    siteUrl: infisical.siteUrl,
    ca: await readFile(lab.paths.caCertificate, 'utf8'),
    token: undefined,
  };
  const administrator = login.parse(
    JSON.parse(await readFile(lab.paths.infisicalAdministrator, 'utf8')),
  );
  const admin = { ...place, token: (await logIn(place, administrator)).token };
  const projectId = await findProject(admin, infisical.project.slug);
  const own = folderOf(identity, projectId);
  const others = folderOf(neighbour, projectId);
  const read = [...infisical.identities, ...infisical.githubIdentities].flatMap(
    ({ grants }) => grants,
  );
  for (const folder of [...read, ...infisical.syncs.map(({ source }) => source)]) {
    await plant(admin, { projectId, environment: folder.environment, path: folder.path });
  }
  const issued = new Map<string, Issued>();
  for (const each of infisical.identities) {
    const id = await findIdentity(admin, infisical.organizationId, each.name);
    issued.set(each.name, await issueIntoKv(admin, operator, { identity: each, id, projectId }));
  }
  const kept = issued.get(identity.name);
  if (kept === undefined) throw new Error(`${identity.name} has no login`);

  const there = { ...place, localAddress: address(lab, identity) };
  const { token, ttl } = await logIn(there, kept);
  const reader = { ...there, token };
  await proofs.allowed(
    part,
    `${identity.name} logs in with what OpenBao keeps for it, and reads ${own.path}`,
    async () => {
      const names = [...(await readSecrets(reader, own)).keys()];
      return `${names.join(', ')} (values not shown), for ${String(ttl / 60)} min`;
    },
  );
  await proofs.denied(part, `${identity.name} cannot read ${others.path}`, /not allowed/, () =>
    readSecrets(reader, others),
  );
  const elsewhere = { ...reader, localAddress: address(lab, neighbour) };
  const addressed = infisical.plan === 'pro';
  if (addressed) {
    await proofs.denied(part, 'its token works from no other address', /current IP/, () =>
      readSecrets(elsewhere, own),
    );
    await proofs.denied(part, 'nor does its client secret', /current IP/, () =>
      logIn({ ...place, localAddress: address(lab, neighbour) }, kept),
    );
  }
  await proofs.denied(
    part,
    `after ${String(identity.accessToken.numUses)} requests the token is used up`,
    /usage limit/,
    async () => {
      for (let use = 0; use <= identity.accessToken.numUses; use += 1)
        await readSecrets(reader, own);
    },
  );
  await proofs.denied(
    part,
    'a client secret for one login gives no second',
    /usage limit/,
    async () => {
      const { clientSecret } = await mintClientSecret(admin, kept.id, {
        description: 'tour: one login',
        ttl: 60,
        numUses: 1,
      });
      await logIn(there, { ...kept, clientSecret });
      await logIn(there, { ...kept, clientSecret });
    },
  );
  const fresh = await logIn(there, kept);
  await proofs.denied(part, 'one second after its end the token is dead', /expired/, () =>
    atLaterTime(infisical, place.ca, administrator.clientSecret, fresh.ttl + 1, () =>
      readSecrets({ ...there, token: fresh.token }, own),
    ),
  );
}

function folderOf({ name, grants: [grant] }: MachineIdentity, projectId: string): Folder {
  if (grant === undefined) throw new Error(`${name} has no grant`);
  return { projectId, environment: grant.environment, path: grant.path };
}

function address({ backbone }: Lab, { consumer }: MachineIdentity): string {
  const found = backbone.consumers.find(({ name }) => name === consumer);
  if (found === undefined) throw new Error(`${consumer} is no consumer`);
  return addressOf(found);
}

async function plant(admin: InfisicalConnection, folder: Folder): Promise<void> {
  const name = 'TOUR_SECRET';
  const exists = (await readSecrets(admin, folder)).has(name);
  await writeSecret(admin, folder, { name, value: 'made by the tour', exists });
}

/** A login as its consumer reads it from OpenBao, and the identity's id. */
interface Issued extends z.infer<typeof login> {
  readonly id: string;
}

/** What `backbone infisical issue` does, and what its consumer reads afterwards. */
async function issueIntoKv(
  admin: InfisicalConnection,
  operator: Connection,
  {
    identity,
    id,
    projectId,
  }: { readonly identity: MachineIdentity; readonly id: string; readonly projectId: string },
): Promise<Issued> {
  const clientId = await readClientId(admin, id);
  const version = (await readKvMetadata(operator, identity.login.metadata))?.current_version ?? 0;
  const { ttl, numUses } = identity.clientSecret;
  const minted = await mintClientSecret(admin, id, { description: 'tour', ttl, numUses });
  const fields = {
    [infisicalLogin.clientId]: clientId,
    [infisicalLogin.clientSecret]: minted.clientSecret,
    [infisicalLogin.projectId]: projectId,
  };
  await writeKv(operator, identity.login.data, fields, version);
  const kept = await readKv(operator, identity.login.data);
  const found = login.parse({
    clientId: kept?.[infisicalLogin.clientId],
    clientSecret: kept?.[infisicalLogin.clientSecret],
  });
  return { ...found, id };
}

/** The double's clock alone is moved, so that an expiry can be seen without waiting for it. */
async function atLaterTime<T>(
  { siteUrl }: Infisical,
  ca: string,
  token: string,
  seconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const shift = (offsetSeconds: number) =>
    new Promise<void>((resolve, reject) => {
      const body = JSON.stringify({ offsetSeconds });
      request(
        `${siteUrl}/_lab/clock`,
        {
          method: 'POST',
          ca,
          headers: { authorization: `Bearer ${token}`, 'content-length': body.length },
        },
        (response) => {
          response.resume();
          if (response.statusCode === 204) resolve();
          else reject(new Error(`the Infisical double kept its clock`));
        },
      )
        .once('error', reject)
        .end(body);
    });
  await shift(seconds);
  try {
    return await work();
  } finally {
    await shift(0);
  }
}
