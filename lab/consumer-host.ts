import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { becomeAppRole, issueSecretId, readRoleId } from '../src/client/approle.ts';
import { OpenBaoError } from '../src/client/openbao.ts';
import { buildBroker } from '../src/bundle/broker.ts';
import { buildClient } from '../src/bundle/client.ts';
import type { Backbone } from '../src/model/backbone.ts';
import { resolveContract } from '../src/model/contract.ts';
import type { GithubCas } from '../src/model/github-contract.ts';
import { approlePaths, mounts } from '../src/model/names.ts';
import { makeOperator, openSession } from './identity.ts';
import { exists } from './parts/cache.ts';
import { writePrivateFile } from './private-file.ts';
import type { Waiting } from './server-plan.ts';
import type { Lab } from './lab.ts';
import type { LabPaths } from './paths.ts';

/** What the client finds on the host of a consumer: a directory, where the container would be. */
export interface ConsumerHost {
  /** Environment of every command of that host; no secret is in it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where a wrapped SecretID was delivered to. */
  readonly delivery: readonly string[];
}

/** CAs of the lab's own GitHub and broker; none where a declaration has no GitHub. */
export function githubCas({ github }: Backbone, ca: string | undefined): GithubCas {
  return github === undefined ? {} : { api: ca, broker: ca };
}

/**
 * Makes the host of a consumer, and does what a launcher does: delivers a wrapped SecretID, once. With its first start
 * the consumer has a certificate, and lives by that.
 */
export async function consumerHost(
  lab: Pick<Lab, 'paths' | 'backbone'>,
  name: string,
): Promise<ConsumerHost | Waiting> {
  const { paths, backbone } = lab;
  const consumer = backbone.consumers.find((one) => one.name === name);
  const [source] = consumer?.from ?? [];
  if (consumer === undefined || source === undefined) throw new Error(`${name} is no consumer`);
  const at = (file: string) => join(paths.consumerHosts, name, file);
  const host: ConsumerHost = {
    env: {
      BACKBONE_CONTRACT: await consumerContract(lab, name),
      BACKBONE_STATE: at('state'),
      BACKBONE_SOURCE_ADDRESS: source.replace(/\/.*$/, ''),
      BACKBONE_SEED: '/nonexistent',
    },
    delivery: ['--token-file', at('secret-id'), '--role-id-file', at('role-id')],
  };
  if (await exists(join(at('state'), 'client.pem'))) return host;
  try {
    await deliver(lab, name, { secretId: at('secret-id'), roleId: at('role-id') });
  } catch (error) {
    if (!(error instanceof OpenBaoError)) throw error;
    return { waitsFor: 'a deploy: npx backbone deploy, then npx backbone lab up' };
  }
  return host;
}

/** Writes what the host of that consumer has to know. @returns the file */
export async function consumerContract(
  { paths, backbone }: Pick<Lab, 'paths' | 'backbone'>,
  name: string,
): Promise<string> {
  const ca = await readFile(paths.caCertificate, 'utf8');
  const consumer = backbone.consumers.find((one) => one.name === name);
  const contract = resolveContract(backbone, ca, consumer, { github: githubCas(backbone, ca) });
  const file = join(paths.consumerHosts, name, 'contract.json');
  await writePrivateFile(file, JSON.stringify(contract));
  return file;
}

async function deliver(
  lab: Pick<Lab, 'paths' | 'backbone'>,
  name: string,
  files: { readonly secretId: string; readonly roleId: string },
): Promise<void> {
  await makeOperator(lab);
  const { connection } = await openSession(lab, 'operator');
  const login = `auth/${mounts.approle}/login`;
  const wrapTtl = lab.backbone.declaration.openbao.wrapTtl.max;
  const issuerRole = { ...approlePaths('secret-id-issuer'), login };
  const issuer = { ...connection, token: await becomeAppRole(connection, issuerRole, wrapTtl) };
  const role = { ...approlePaths(name), login };
  await writePrivateFile(files.roleId, await readRoleId(issuer, role));
  const { wrappingToken } = await issueSecretId(issuer, role, wrapTtl);
  await writePrivateFile(files.secretId, wrappingToken);
}

/** Client and broker as they are shipped, made once a lab. */
export async function bundles({ clientBundle, brokerBundle }: LabPaths): Promise<void> {
  if (!(await exists(clientBundle))) await buildClient(clientBundle);
  if (!(await exists(brokerBundle))) await buildBroker(brokerBundle);
}
