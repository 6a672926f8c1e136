import type {
  GithubAppContract,
  GithubBrokerContract,
  GithubContextContract,
  GithubContract,
} from './contract.ts';
import {
  https,
  number,
  oneOf,
  optionalText,
  record,
  text,
  textRecord,
  texts,
  type Shape,
} from './shape.ts';

/** @throws ShapeError */
export function parseGithub(shape: Shape): GithubContract {
  const ca = optionalText(shape, 'caCertificate');
  return {
    url: https(shape, 'url'),
    ...(ca === undefined ? {} : { caCertificate: ca }),
    proof: text(shape, 'proof'),
    webUrl: https(shape, 'webUrl'),
    contexts: record(shape, 'contexts', parseContext),
  };
}

/** @throws ShapeError */
export function parseGithubApp(shape: Shape): GithubAppContract {
  const ca = optionalText(shape, 'apiCaCertificate');
  return {
    clientId: text(shape, 'clientId'),
    apiUrl: https(shape, 'apiUrl'),
    ...(ca === undefined ? {} : { apiCaCertificate: ca }),
    key: text(shape, 'key'),
    import: text(shape, 'import'),
    importVersion: text(shape, 'importVersion'),
    wrappingKey: text(shape, 'wrappingKey'),
  };
}

/** @throws ShapeError */
export function parseGithubBroker(shape: Shape): GithubBrokerContract {
  const ca = optionalText(shape, 'apiCaCertificate');
  return {
    address: text(shape, 'address'),
    port: number(shape, 'port'),
    clientId: text(shape, 'clientId'),
    apiUrl: https(shape, 'apiUrl'),
    ...(ca === undefined ? {} : { apiCaCertificate: ca }),
    sign: text(shape, 'sign'),
    audience: text(shape, 'audience'),
    proofKeys: text(shape, 'proofKeys'),
    consumerCa: text(shape, 'consumerCa'),
    consumerRevocations: text(shape, 'consumerRevocations'),
    accounts: record(shape, 'accounts', (account) => ({
      installation: number(account, 'installation'),
      kind: oneOf(account, 'kind', ['organization', 'user']),
    })),
    contexts: record(shape, 'contexts', parseContext),
    consumers: record(shape, 'consumers', (consumer) => ({
      from: texts(consumer, 'from'),
      contexts: texts(consumer, 'contexts'),
    })),
    creationsPerHour: number(shape, 'creationsPerHour'),
    tokensPerMinute: number(shape, 'tokensPerMinute'),
  };
}

function parseContext(shape: Shape): GithubContextContract {
  return {
    account: text(shape, 'account'),
    repositories: texts(shape, 'repositories'),
    permissions: textRecord(shape, 'permissions'),
    verbs: texts(shape, 'verbs'),
  };
}
