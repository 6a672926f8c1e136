import type { EnginesContract } from '../contract/engines.ts';
import type { Backbone } from './backbone.ts';
import type { Consumer } from './consumer.ts';
import type { Database } from './engines.ts';
import type { Grant } from './grant.ts';
import { leasePaths, sshPaths } from './names.ts';

/** PEM of the CA of each database that has one of its own, by the name of the database. */
export type DatabaseCas = Readonly<Record<string, string>>;

/**
 * What a contract says of engines: one consumer's grants, or without `only` those of the operators' machines,
 * which are what the policy of people allows.
 *
 * @returns undefined where it would say nothing
 */
export function resolveEnginesContract(
  { engines, consumers }: Pick<Backbone, 'engines' | 'consumers'>,
  cas: DatabaseCas,
  only?: Consumer,
): EnginesContract | undefined {
  if (engines === undefined) return undefined;
  const whose = only === undefined ? consumers.filter(({ kind }) => kind === 'operator') : [only];
  const granted = new Set(whose.flatMap(({ grants }) => grants.map(({ path }: Grant) => path)));
  const inReach = ({ path }: { readonly path: string }) => granted.has(path);
  const server = ({ name, host, port, database }: Database) => {
    const ca = cas[name];
    return { name, host, port, database, ...(ca === undefined ? {} : { caCertificate: ca }) };
  };
  const contract: EnginesContract = {
    ssh: (engines.ssh?.roles ?? [])
      .filter(inReach)
      .map(({ role, consumer, path, principals, ttl }) => ({
        ...{ role, consumer, path, principals, ttl },
        authority: sshPaths.authority,
      })),
    databases: engines.databases.flatMap((one) =>
      one.roles.filter(inReach).map(({ role, path, ttl, maxTtl }) => ({
        ...server(one),
        ...{ role, path, ttl, maxTtl },
        ...leasePaths,
      })),
    ),
    certificates: (engines.pki?.roles ?? [])
      .filter(inReach)
      .map(({ name, path, domains, use, ttl }) => ({ role: name, path, domains, use, ttl })),
    connections:
      only === undefined
        ? engines.databases.map((one) => ({
            ...server(one),
            username: one.username,
            ...(one.caFile === undefined ? {} : { caFile: one.caFile }),
            path: one.paths.connection,
            rotateRoot: one.paths.rotateRoot,
            roles: one.roles.map(({ name }) => name),
          }))
        : [],
  };
  return Object.values(contract).every((part: readonly unknown[]) => part.length === 0)
    ? undefined
    : contract;
}
