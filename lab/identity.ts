import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { call, OpenBaoError, type Connection } from '../src/client/openbao.ts';
import type { Backbone } from '../src/model/backbone.ts';
import { mounts } from '../src/model/names.ts';
import type { LabPaths } from './paths.ts';

interface LabIdentity {
  readonly paths: LabPaths;
  readonly backbone: Backbone;
}

/** Who the lab's person is: the operator as soon as there is one, before that the first identity. */
export type Person = 'operator' | 'bootstrap';

const login = z.object({ client_token: z.string() });

/** Name of the lab's operator. */
const operatorName = 'lab';

/** @throws OpenBaoError  neither identity can log in */
export async function openSession(
  lab: LabIdentity,
  as?: Person,
): Promise<{ readonly person: Person; readonly connection: Connection }> {
  if (as !== undefined) return { person: as, connection: await logIn(lab, as) };
  try {
    return { person: 'operator', connection: await logIn(lab, 'operator') };
  } catch (error) {
    if (!(error instanceof OpenBaoError)) throw error;
    return { person: 'bootstrap', connection: await logIn(lab, 'bootstrap') };
  }
}

async function logIn({ paths, backbone }: LabIdentity, person: Person): Promise<Connection> {
  const [mount, user, passwordFile] =
    person === 'operator'
      ? [mounts.operator, operatorName, paths.operatorPassword]
      : ['bootstrap', 'bootstrap', paths.bootstrapPassword];
  const anonymous: Connection = {
    address: backbone.openbaoAddress,
    ca: await readFile(paths.caCertificate, 'utf8'),
    token: undefined,
  };
  const answer = await call(anonymous, {
    method: 'POST',
    path: `auth/${mount}/login/${user}`,
    body: { password: (await readFile(passwordFile, 'utf8')).trim() },
  });
  return { ...anonymous, token: login.parse(answer?.auth).client_token };
}

/** Makes the lab's operator, by the first identity. Needs the stack `openbao`; harmless when repeated. */
export async function makeOperator(lab: LabIdentity): Promise<void> {
  const connection = await logIn(lab, 'bootstrap');
  await call(connection, {
    method: 'POST',
    path: `auth/${mounts.operator}/users/${operatorName}`,
    body: {
      password: (await readFile(lab.paths.operatorPassword, 'utf8')).trim(),
      token_policies: ['operator'],
      token_no_default_policy: true,
      token_ttl: '1h',
      token_max_ttl: '1h',
      // Where the lab's own commands come from: loopback, or the seat of a lab with containers.
      token_bound_cidrs: lab.backbone.declaration.openbao.identities.apply.from,
    },
  });
}
