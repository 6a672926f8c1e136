import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { provingAsker } from '../../src/client/github/asker.ts';
import { askForToken, giveTokenUp } from '../../src/client/github/broker.ts';
import { call, type Connection } from '../../src/client/openbao.ts';
import { exchange } from '../../src/client/transport.ts';
import { pushAndDelete, withWorkingCopy } from '../../src/migration/git.ts';
import { githubContract } from '../../src/model/github-contract.ts';
import { mounts, githubKey } from '../../src/model/names.ts';
import { consumerContract, githubCas } from '../consumer-host.ts';
import type { Lab } from '../lab.ts';
import { becomeIssuer, bootstrap, type TourStart } from './bootstrap.ts';
import type { Proofs } from './proof.ts';

const part = 'GitHub';

/** A push with a token of an hour for one repository, and what the same consumer cannot have. */
export async function showGithub(lab: Lab, start: TourStart, proofs: Proofs): Promise<void> {
  const { backbone, paths } = lab;
  const cast = pushers(lab);
  if (cast === undefined) return;
  const { pusher, context, repository } = cast;
  const ca = await readFile(paths.caCertificate, 'utf8');
  const { github } = githubContract(backbone, pusher, githubCas(backbone, ca));
  if (github === undefined) return;
  const connection = await bootstrap(await becomeIssuer(start), pusher, start.wrapTtl);
  const ask = (repositories: readonly string[], permissions?: Readonly<Record<string, string>>) =>
    askForToken(github, provingAsker(connection), {
      ...{ context: context.name, repositories },
      ...(permissions === undefined ? {} : { permissions }),
    });

  await withWorkingCopy(ca, async (copy) => {
    const url = (name: string) => `${github.webUrl}/${context.account}/${name}.git`;
    await proofs.allowed(
      part,
      `${pusher.name} pushes to ${context.account}/${repository} by plain git`,
      async () => {
        const branch = await pushAndDelete(copy, url(repository), {
          helper: [process.execPath, paths.clientBundle, 'git-credential'],
          env: await consumerEnvironment(lab, connection, pusher.name),
        });
        return `branch ${branch}, with a token that backbone git-credential got for it`;
      },
    );
    const refused = /the GitHub broker refused: 4\d\d/;
    await proofs.denied(part, 'it is given no token for the sibling repository', refused, () =>
      ask(['sibling']),
    );
    await proofs.denied(part, 'nor one for a wider permission', refused, () =>
      ask([repository], { ...context.permissions, issues: 'write' }),
    );
    const { token } = await ask([repository]);
    await proofs.denied(part, 'its token opens no other repository', /not found/i, () =>
      pushAndDelete(copy, url('sibling'), { token }),
    );
    await proofs.denied(
      part,
      'one second after its hour the token is dead',
      /Authentication failed|Invalid username or token/,
      () => atLaterTime(lab, ca, 3601, () => pushAndDelete(copy, url(repository), { token })),
    );
    await giveTokenUp(github, provingAsker(connection), token);
    await proofs.denied(
      part,
      'and as soon as it was given up',
      /Authentication failed|Invalid username or token/,
      () => pushAndDelete(copy, url(repository), { token }),
    );
  });
  await proofs.denied(
    part,
    'an operator, who brought the key of the App, cannot take it out again',
    /permission denied/,
    () =>
      call(start.operator, {
        method: 'GET',
        path: `${mounts.transit}/export/signing-key/${githubKey.name}`,
      }),
  );
}

/** Somebody who may push, chosen from the declaration. */
function pushers({ backbone: { github, consumers } }: Lab) {
  const context = github?.contexts.find(
    ({ permissions, consumers: users }) => permissions.contents === 'write' && users.length > 0,
  );
  const pusher = consumers.find(
    ({ kind, name }) =>
      kind !== 'operator' && context?.consumers.some((one) => one.name === name) === true,
  );
  const [repository] = context?.repositories ?? [];
  return context === undefined || pusher === undefined || repository === undefined
    ? undefined
    : { context, pusher, repository };
}

/** What a launcher gives an agent: its contract, and a token of OpenBao of minutes. */
async function consumerEnvironment(
  lab: Lab,
  { token, localAddress }: Connection,
  name: string,
): Promise<Readonly<Record<string, string>>> {
  return {
    BACKBONE_CONTRACT: await consumerContract(lab, name),
    BACKBONE_SOURCE_ADDRESS: localAddress ?? '',
    BAO_TOKEN: token ?? '',
  };
}

/** The double's clock alone is moved, so that an expiry can be seen without waiting for it. */
async function atLaterTime<T>(
  { paths, record }: Lab,
  ca: string,
  seconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const token = (await readFile(join(paths.githubState, 'control-token'), 'utf8')).trim();
  const shift = async (offsetSeconds: number) => {
    const { status } = await exchange({
      url: `https://127.0.0.1:${String(record.ports.github)}/_lab/clock`,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ offsetSeconds }),
      ...{ ca, clientCertificate: undefined, localAddress: undefined, patience: 10_000 },
    });
    if (status !== 204) throw new Error(`the GitHub double kept its clock: ${String(status)}`);
  };
  await shift(seconds);
  try {
    return await work();
  } finally {
    await shift(0);
  }
}
