import { parseGithub, parseGithubApp, parseGithubBroker } from './github.ts';
import type {
  ConsumerContract,
  ContainerContract,
  Contract,
  InfisicalContract,
  ResponseContract,
  RolePaths,
  RotationContract,
} from './contract.ts';
import { parseEngines } from './engines.ts';
import { parseFeed } from './feed.ts';
import {
  has,
  https,
  inside,
  number,
  object,
  objects,
  oneOf,
  optionalText,
  record,
  ShapeError,
  text,
  textRecord,
  texts,
  type Shape,
} from './shape.ts';

/**
 * A contract from its JSON. Fields that this version does not know are left out.
 *
 * @throws ShapeError  no contract of version 1; names the place
 */
export function parseContract(json: unknown): Contract {
  const all = object(json, 'contract');
  if (number(all, 'version') !== 1) throw new ShapeError('contract.version is not 1');
  const openbao = inside(all, 'openbao');
  const logins = inside(all, 'logins');
  const operator = inside(logins, 'operator');
  const ca = optionalText(openbao, 'caCertificate');
  const consumer = optionalText(all, 'consumer');
  const consumers = record(all, 'consumers', parseConsumer);
  if (consumer !== undefined && !Object.hasOwn(consumers, consumer)) {
    throw new ShapeError('contract.consumer is none of contract.consumers');
  }
  return {
    version: 1,
    openbao: {
      addresses: httpsAddresses(openbao),
      ...(ca === undefined ? {} : { caCertificate: ca }),
    },
    logins: {
      approle: text(logins, 'approle'),
      certificate: text(logins, 'certificate'),
      operator: {
        kind: oneOf(operator, 'kind', ['userpass', 'oidc']),
        mount: text(operator, 'mount'),
      },
    },
    wrapTtl: life(inside(all, 'wrapTtl')),
    ...(consumer === undefined ? {} : { consumer }),
    consumers,
    profiles: record(all, 'profiles', (profile) => ({
      role: text(profile, 'role'),
      path: text(profile, 'path'),
      region: text(profile, 'region'),
      ttl: number(profile, 'ttl'),
      maxTtl: number(profile, 'maxTtl'),
    })),
    secrets: record(all, 'secrets', (secret) => ({
      path: text(secret, 'path'),
      variables: textRecord(secret, 'variables'),
    })),
    ...(has(all, 'rotations') ? { rotations: record(all, 'rotations', parseRotation) } : {}),
    ...(has(all, 'engines') ? { engines: parseEngines(inside(all, 'engines')) } : {}),
    ...(has(all, 'feed') ? { feed: parseFeed(inside(all, 'feed')) } : {}),
    ...(has(all, 'identities') ? { identities: parseIdentities(inside(all, 'identities')) } : {}),
    ...(has(all, 'githubApp') ? { githubApp: parseGithubApp(inside(all, 'githubApp')) } : {}),
    ...(has(all, 'githubBroker')
      ? { githubBroker: parseGithubBroker(inside(all, 'githubBroker')) }
      : {}),
    ...(has(all, 'response') ? { response: parseResponse(inside(all, 'response')) } : {}),
  };
}

function httpsAddresses(openbao: Shape): readonly string[] {
  const addresses = texts(openbao, 'addresses');
  if (addresses.length === 0) throw new ShapeError(`${openbao.at}.addresses is empty`);
  if (addresses.some((address) => !address.startsWith('https://'))) {
    throw new ShapeError(`${openbao.at}.addresses has one that is not https`);
  }
  return addresses;
}

function life(shape: Shape): { readonly min: number; readonly max: number } {
  return { min: number(shape, 'min'), max: number(shape, 'max') };
}

function parseIdentities(shape: Shape): Contract['identities'] {
  return {
    'secret-id-issuer': rolePaths(inside(shape, 'secret-id-issuer')),
    responder: rolePaths(inside(shape, 'responder')),
  };
}

function parseResponse(shape: Shape): ResponseContract {
  return {
    tokenAccessors: text(shape, 'tokenAccessors'),
    lookupToken: text(shape, 'lookupToken'),
    revokeToken: text(shape, 'revokeToken'),
    auditHash: text(shape, 'auditHash'),
    certificates: text(shape, 'certificates'),
    revokeCertificate: text(shape, 'revokeCertificate'),
    revocationList: text(shape, 'revocationList'),
    tellRevocations: text(shape, 'tellRevocations'),
  };
}

function rolePaths(shape: Shape): RolePaths {
  return {
    roleId: text(shape, 'roleId'),
    secretId: text(shape, 'secretId'),
    lookupAccessor: text(shape, 'lookupAccessor'),
    destroyAccessor: text(shape, 'destroyAccessor'),
  };
}

function parseRotation(shape: Shape): RotationContract {
  const controller = https(shape, 'controller');
  const certificateSha256 = optionalText(shape, 'certificateSha256');
  return {
    data: text(shape, 'data'),
    metadata: text(shape, 'metadata'),
    pending: text(shape, 'pending'),
    pendingMetadata: text(shape, 'pendingMetadata'),
    login: text(shape, 'login'),
    controller,
    kind: oneOf(shape, 'kind', ['os', 'classic']),
    site: text(shape, 'site'),
    account: oneOf(shape, 'account', ['password', 'api-key']),
    admin: text(shape, 'admin'),
    ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
  };
}

function parseConsumer(shape: Shape): ConsumerContract {
  const grants = inside(shape, 'grants');
  const certificate = has(shape, 'certificate') ? inside(shape, 'certificate') : undefined;
  return {
    kind: oneOf(shape, 'kind', ['lxc', 'agent', 'ci', 'operator']),
    role: rolePaths(inside(shape, 'role')),
    ...(has(shape, 'container') ? { container: parseContainer(inside(shape, 'container')) } : {}),
    arrival: text(shape, 'arrival'),
    ...(certificate === undefined
      ? {}
      : {
          certificate: {
            role: text(certificate, 'role'),
            enrol: text(certificate, 'enrol'),
            renew: text(certificate, 'renew'),
            commonName: text(certificate, 'commonName'),
            ttl: number(certificate, 'ttl'),
          },
        }),
    ...(has(shape, 'infisical') ? { infisical: parseInfisical(inside(shape, 'infisical')) } : {}),
    ...(has(shape, 'github') ? { github: parseGithub(inside(shape, 'github')) } : {}),
    tokenTtl: number(shape, 'tokenTtl'),
    tokenMaxTtl: number(shape, 'tokenMaxTtl'),
    secretIdTtl: number(shape, 'secretIdTtl'),
    grants: { profiles: texts(grants, 'profiles'), secrets: texts(grants, 'secrets') },
  };
}

function parseInfisical(shape: Shape): InfisicalContract {
  const siteUrl = https(shape, 'siteUrl');
  const ca = optionalText(shape, 'caCertificate');
  const login = inside(shape, 'login');
  return {
    siteUrl,
    ...(ca === undefined ? {} : { caCertificate: ca }),
    login: {
      secret: text(login, 'secret'),
      clientId: text(login, 'clientId'),
      clientSecret: text(login, 'clientSecret'),
      projectId: text(login, 'projectId'),
    },
    grants: objects(shape, 'grants').map((grant) => ({
      environment: text(grant, 'environment'),
      path: text(grant, 'path'),
    })),
  };
}

/** What names a machine to deliver to has the form of a name, a number and an address. */
function parseContainer(shape: Shape): ContainerContract {
  const container = {
    node: text(shape, 'node'),
    vmid: number(shape, 'vmid'),
    address: text(shape, 'address'),
  };
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(container.node)) {
    throw new ShapeError(`${shape.at}.node is no name of a Proxmox node`);
  }
  if (!Number.isInteger(container.vmid) || container.vmid < 100) {
    throw new ShapeError(`${shape.at}.vmid is no number of a guest`);
  }
  if (!/^[0-9A-Fa-f.:]{2,45}$/.test(container.address)) {
    throw new ShapeError(`${shape.at}.address is no address`);
  }
  return container;
}
