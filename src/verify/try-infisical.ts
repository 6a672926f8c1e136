import { z } from 'zod';
import { readKv } from '../client/kv.ts';
import type { InfisicalConnection } from '../infisical/api.ts';
import { logIn, logOut } from '../infisical/login.ts';
import { readSecrets } from '../infisical/secrets.ts';
import type { Consumer } from '../model/consumer.ts';
import type { FolderGrant, Infisical, MachineIdentity } from '../model/infisical.ts';
import { infisicalLogin } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import { ownAddress } from './addresses.ts';
import type { Question } from './case.ts';
import type { Results } from './results.ts';
import type { Subject } from './subject.ts';
import { refusedAs, works } from './works.ts';

const kept = z.object({
  [infisicalLogin.clientId]: z.string(),
  [infisicalLogin.clientSecret]: z.string(),
  [infisicalLogin.projectId]: z.string(),
});

/** A consumer's own login there, by what OpenBao keeps for it: its folders, and those of others. */
export async function tryInfisical(
  infisical: Infisical,
  ca: string | undefined,
  consumer: Consumer,
  subject: Subject,
  results: Results,
): Promise<void> {
  const identity = infisical.identities.find(({ consumer: name }) => name === consumer.name);
  if (identity === undefined) return;
  const ask = (tries: string, expected: Question['expected']): Question => ({
    ...{ who: consumer.name, kind: 'Infisical', tries, expected },
  });
  const first = ask(`log in at ${infisical.siteUrl}`, 'allowed');
  const localAddress = await ownAddress(identity.trustedIps);
  if (localAddress === undefined) {
    results.notTried(first, 'this machine has no address of it; and so none of its folders');
    return;
  }
  const login = await readLogin(subject, identity);
  if (login === undefined) {
    results.notTried(first, `no login is kept: backbone infisical issue ${consumer.name}`);
    return;
  }
  // Where any address will do, the machine chooses: not every own one has a way there.
  const bound = infisical.plan === 'pro';
  const place = { siteUrl: infisical.siteUrl, ca, ...(bound ? { localAddress } : {}) };
  const way = bound ? `login at ${localAddress}` : 'login from here';
  const projectId = login[infisicalLogin.projectId];
  let connection: InfisicalConnection | undefined;
  await results.try(first, way, () =>
    works(async () => {
      const clientId = login[infisicalLogin.clientId];
      const clientSecret = login[infisicalLogin.clientSecret];
      const { token } = await logIn(place, { clientId, clientSecret });
      connection = { ...place, token };
    }),
  );
  const opened = connection;
  if (opened === undefined) return;
  try {
    const read = ({ environment, path }: FolderGrant) =>
      readSecrets(opened, { projectId, environment, path });
    for (const grant of identity.grants) {
      const question = ask(`read ${grant.environment}:${grant.path}`, 'allowed');
      await results.try(question, way, () => works(() => read(grant)));
    }
    for (const folder of neighbours(infisical, identity)) {
      const question = ask(`the neighbour ${folder.environment}:${folder.path}`, 'denied');
      await results.try(question, way, () => refusedAs(/not allowed|403/, () => read(folder)));
    }
  } finally {
    await logOut(opened).catch(() => undefined);
  }
}

async function readLogin(subject: Subject, { login }: MachineIdentity) {
  const fields = await readKv(subject.connection, login.data).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  });
  return kept.safeParse(fields).data;
}

function neighbours(infisical: Infisical, identity: MachineIdentity): readonly FolderGrant[] {
  const own = new Set(identity.grants.map(({ environment, path }) => `${environment} ${path}`));
  return infisical.folders
    .filter(({ environment, path }) => !own.has(`${environment} ${path}`))
    .map(({ environment, path }) => ({ environment, path: path as FolderGrant['path'] }));
}
