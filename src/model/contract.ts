import {
  githubAppContract,
  githubBrokerContract,
  githubContract,
  type GithubCas,
} from './github-contract.ts';
import type {
  ConsumerContract,
  Contract,
  InfisicalContract,
  RotationContract,
} from '../contract/contract.ts';
import { nodeAddress, type Backbone } from './backbone.ts';
import type { Consumer } from './consumer.ts';
import { resolveEnginesContract, type DatabaseCas } from './engines-contract.ts';
import {
  approlePaths,
  arrivalPath,
  certificatePaths,
  infisicalLogin,
  mounts,
  responderPaths,
} from './names.ts';
import { secretVariables } from './environment.ts';
import type { Rotation } from './rotation.ts';

/** PEM of CAs; what is not named is known to the client's system. */
export interface OtherCas {
  readonly infisical?: string | undefined;
  readonly databases?: DatabaseCas;
  /** Of the GitHub broker, and of GitHub's API. */
  readonly github?: GithubCas;
}

/**
 * The contract of one consumer's host, or without `only` that of an operator or a launcher. A host learns
 * of no other consumer.
 *
 * @param caCertificate  PEM of the CA of OpenBao's TLS certificate; undefined: the client's system knows it
 * @param others         the same of whatever else the client speaks to
 */
export function resolveContract(
  backbone: Backbone,
  caCertificate: string | undefined,
  only?: Consumer,
  others: OtherCas = {},
): Contract {
  const { openbao, aws } = backbone.declaration;
  const consumers = only === undefined ? backbone.consumers : [only];
  const granted = new Set(
    only?.grants.flatMap(({ kind, path }) =>
      kind === 'secret' || kind === 'profile' ? [path] : [],
    ),
  );
  const engines = resolveEnginesContract(backbone, others.databases ?? {}, only);
  const inReach = ({ path }: { readonly path: string }) => only === undefined || granted.has(path);
  return {
    version: 1,
    openbao: {
      addresses: openbao.address === undefined ? openbao.nodes.map(nodeAddress) : [openbao.address],
      ...(caCertificate === undefined ? {} : { caCertificate }),
    },
    logins: {
      approle: `auth/${mounts.approle}/login`,
      certificate: `auth/${mounts.certificate}/login`,
      operator: { kind: openbao.operatorAuth.kind, mount: mounts.operator },
    },
    wrapTtl: openbao.wrapTtl,
    ...(only === undefined ? {} : { consumer: only.name }),
    consumers: Object.fromEntries(
      consumers.map((one) => [
        one.name,
        {
          ...consumerContract(one),
          ...(only === undefined
            ? container(backbone, one)
            : {
                ...infisical(backbone, one, others.infisical),
                ...githubContract(backbone, one, others.github ?? {}),
              }),
        },
      ]),
    ),
    profiles: Object.fromEntries(
      backbone.profiles
        .map((profile) => ({ ...profile, path: profile.stsPath }))
        .filter(inReach)
        .map(({ name, role, path, ttl, maxTtl }) => [
          name,
          { role, path, region: aws.region, ttl, maxTtl },
        ]),
    ),
    secrets: Object.fromEntries(
      backbone.secrets
        .map((secret) => ({ ...secret, name: secret.path, path: secret.dataPath }))
        .filter(inReach)
        .map(({ name, path, fields }) => [
          name,
          { path, variables: secretVariables(name, fields) },
        ]),
    ),
    ...rotations(backbone, only),
    ...(engines === undefined ? {} : { engines }),
    ...feed(backbone, only),
    ...githubAppContract(backbone, only, others.github ?? {}),
    ...githubBrokerContract(backbone, only, others.github ?? {}),
    ...(only === undefined
      ? {
          identities: {
            'secret-id-issuer': rolePaths('secret-id-issuer'),
            responder: rolePaths('responder'),
          },
          response: responderPaths,
        }
      : {}),
  };
}

function feed({ proxy }: Backbone, only?: Consumer): Pick<Contract, 'feed'> {
  if (proxy === undefined || only?.name !== proxy.consumer) return {};
  const upstreams = proxy.upstreams.map(({ name, path, field, prefix }) => ({
    ...{ name, path, field, prefix },
  }));
  return { feed: { keepFor: proxy.keepFor, upstreams } };
}

function infisical(
  { infisical: declared }: Backbone,
  { name }: Consumer,
  ca: string | undefined,
): Pick<ConsumerContract, 'infisical'> {
  const identity = declared?.identities.find(({ consumer }) => consumer === name);
  if (declared === undefined || identity === undefined) return {};
  const { clientId, clientSecret, projectId } = infisicalLogin;
  const contract: InfisicalContract = {
    siteUrl: declared.siteUrl,
    ...(ca === undefined ? {} : { caCertificate: ca }),
    login: { secret: identity.secret, clientId, clientSecret, projectId },
    grants: identity.grants.map(({ environment, path }) => ({ environment, path })),
  };
  return { infisical: contract };
}

/** All of them for an operator, who may write every secret. */
function rotations(backbone: Backbone, only?: Consumer): Pick<Contract, 'rotations'> {
  const all =
    only === undefined
      ? backbone.secrets.flatMap(({ path, rotation }) =>
          rotation === undefined ? [] : [[path, rotationContract(rotation)] as const],
        )
      : only.grants.flatMap((grant) =>
          grant.kind === 'rotate'
            ? [[grant.secret, rotationContract(grant.rotation)] as const]
            : [],
        );
  return all.length === 0 ? {} : { rotations: Object.fromEntries(all) };
}

function rotationContract({ certificateSha256, ...rest }: Rotation): RotationContract {
  return certificateSha256 === undefined ? rest : { ...rest, certificateSha256 };
}

/** For whoever delivers; a host does not need to know where it is. */
function container(
  { declaration: { proxmox, consumers } }: Backbone,
  { name }: Consumer,
): Pick<ConsumerContract, 'container'> {
  const declared = consumers[name];
  if (declared?.kind !== 'lxc') return {};
  const { vmid, address } = declared.container;
  return { container: { node: proxmox.node, vmid, address } };
}

function rolePaths(role: string) {
  const { roleId, secretId, lookupAccessor, destroyAccessor } = approlePaths(role);
  return { roleId, secretId, lookupAccessor, destroyAccessor };
}

function consumerContract(consumer: Consumer): ConsumerContract {
  const { name, kind, grants, tokenTtl, tokenMaxTtl, secretIdTtl, certificateTtl } = consumer;
  return {
    kind,
    role: rolePaths(name),
    arrival: arrivalPath(name),
    ...(certificateTtl === undefined
      ? {}
      : { certificate: { ...certificatePaths(name), commonName: name, ttl: certificateTtl } }),
    tokenTtl,
    tokenMaxTtl,
    secretIdTtl,
    grants: {
      profiles: grants.flatMap((grant) => (grant.kind === 'profile' ? [grant.profile] : [])),
      secrets: grants.flatMap((grant) => (grant.kind === 'secret' ? [grant.secret] : [])),
    },
  };
}
