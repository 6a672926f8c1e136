import { setTimeout as pause } from 'node:timers/promises';
import { InfisicalError } from '../infisical/api.ts';
import { findIdentity } from '../infisical/client-secrets.ts';
import {
  findGithubSync,
  logInByGithubToken,
  readGithubLogin,
  readGithubSync,
  startGithubSync,
} from '../infisical/github.ts';
import type { GithubIdentity, GithubSync } from '../model/infisical.ts';
import { UserError } from '../user-error.ts';
import { asAdministrator } from './administrator.ts';
import { isRefused, works } from './attempt.ts';
import type { Servers } from './consumer-probe.ts';
import type { Check, ClassPlan } from './row.ts';

/**
 * Each sync copies once more, and GitHub has to take it. Each login of a workflow is as declared and lets nobody in
 * whom GitHub did not sign for. What only a workflow can show is not shown: that it reads the copy, and that its
 * own token lets it in.
 */
export const githubActionsSecrets: ClassPlan = {
  was: 'Doppler sync, or by hand',
  target: 'Infisical sync',
  back: 'switch the sync of Doppler on again: GitHub keeps the last value that it was given',
  next: {
    current: 'declare githubSyncs for one repository, with deletion off, and deploy infisical',
    dual: 'run the workflow once with what Infisical gives it, then switch the sync of Doppler off',
  },
  missing: ({ infisical }) => {
    if (infisical === undefined) return ['infisical.enabled is false'];
    return infisical.syncs.length + infisical.githubIdentities.length === 0
      ? ['neither githubSyncs nor githubActions is declared']
      : [];
  },
  prove: (place) =>
    asAdministrator(place, async (servers, { syncs, githubIdentities }) => {
      const checks: Check[] = [];
      for (const sync of syncs) checks.push(await copies(servers, sync));
      for (const identity of githubIdentities) checks.push(...(await logsIn(servers, identity)));
      return checks;
    }),
};

/** A minute, in seconds. A sync of some secrets takes a few of them. */
const patience = 60;

function copies({ infisical, projectId }: Servers, declared: GithubSync): Promise<Check> {
  const { name, owner, repository, githubEnvironment, source } = declared;
  const target = [
    owner,
    repository,
    ...(githubEnvironment === undefined ? [] : [githubEnvironment]),
  ].join('/');
  const what = `the sync ${name} copies ${source.environment}:${source.path} to ${target}`;
  return works(what, async () => {
    const before = await findGithubSync(infisical, projectId, name);
    await startGithubSync(infisical, before.id);
    for (let second = 0; second < patience; second += 1) {
      const now = await readGithubSync(infisical, before.id);
      if (now.status === 'failed') throw new UserError(now.message ?? 'it failed, without a word');
      if (now.status === 'succeeded' && now.ranAt !== before.ranAt) {
        return `GitHub took it, ${now.ranAt ?? 'now'}; that a workflow reads it is not seen from here`;
      }
      await pause(1000);
    }
    throw new UserError(`no end within ${String(patience)} s: look at its page in Infisical`);
  });
}

async function logsIn(
  { infisical, organizationId }: Servers,
  { name, subject, audience }: GithubIdentity,
): Promise<readonly Check[]> {
  const bound = await works(`${name} is bound to ${subject}`, async () => {
    const id = await findIdentity(infisical, organizationId, name);
    const login = await readGithubLogin(infisical, id);
    if (login.subject !== subject || login.audiences !== audience) {
      throw new UserError(
        `it is bound to ${login.subject} and ${login.audiences}: backbone deploy infisical`,
      );
    }
    return `for ${audience}; that a run logs in is not seen from here`;
  });
  const refused = await isRefused(
    `${name} lets in nobody whom GitHub did not sign for`,
    // Any other refusal may mean that Infisical cannot fetch GitHub's keys, and lets in nobody at all.
    (error) =>
      error instanceof InfisicalError && error.message.includes('Unable to verify JWT signature'),
    async () => {
      const id = await findIdentity(infisical, organizationId, name);
      await logInByGithubToken(infisical, id, forged(subject, audience));
    },
  );
  return [bound, refused];
}

/** Says what GitHub would, with a key that is not GitHub's and a signature that is none. */
function forged(subject: string, audience: string): string {
  const issuer = 'https://token.actions.githubusercontent.com';
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { alg: 'RS256', typ: 'JWT', kid: 'backbone-migrate' };
  const claims = { iss: issuer, sub: subject, aud: audience, exp: 4_102_444_800 };
  return [encode(header), encode(claims), encode('no signature')].join('.');
}
