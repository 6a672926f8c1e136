import { checkAppJwt } from './app-jwt.ts';
import { badCredentials, notAccessible, notFound, type Reply } from './refusal.ts';
import {
  addDeployKey,
  createRepository,
  deleteRepository,
  publicKey,
  putSecret,
  showRepository,
  type Asked,
} from './repositories.ts';
import {
  findRepository,
  reachOf,
  type GithubState,
  type Installation,
  type IssuedToken,
  type Repository,
} from './state.ts';
import { createToken, shown, tokenOf } from './tokens.ts';

/** One request to the API. */
export interface ApiCall {
  readonly method: string;
  /** Below the base of the API, decoded part by part. */
  readonly parts: readonly string[];
  readonly authorization: string;
  readonly body: unknown;
  readonly now: number;
}

export interface ApiPlace {
  readonly state: GithubState;
  readonly makeRepository: (repository: Repository) => Promise<void>;
}

/** @throws Refusal  as GitHub does */
export async function answerApi(
  call: ApiCall,
  { state, makeRepository }: ApiPlace,
): Promise<Reply> {
  const { method, parts, authorization, body, now } = call;
  const [, credential = ''] = /^(?:bearer|token) (\S+)$/i.exec(authorization) ?? [];
  if (parts[0] === 'app' || (parts[0] === 'repos' && parts[3] === 'installation')) {
    if (credential === '') throw badCredentials();
    checkAppJwt(credential, state.app, now);
    return ofTheApp(method, parts, body, now, state);
  }
  const token = tokenOf(state, credential, now);
  const asked: Asked = { state, token, body };
  const [first, second = '', third = '', ...rest] = parts;
  if (first === 'installation') return ofTheInstallation(method, second, state, token);
  if (method === 'POST' && first === 'orgs' && third === 'repos') {
    return createRepository(asked, second, makeRepository);
  }
  // An installation is no user: GitHub has this for tokens of people alone.
  if (method === 'POST' && first === 'user' && second === 'repos') throw notAccessible();
  if (first !== 'repos') throw notFound();
  switch (`${method} ${rest.slice(0, 3).join('/')}`.trim()) {
    case 'GET':
      return showRepository(asked, second, third);
    case 'DELETE':
      return deleteRepository(asked, second, third);
    case 'POST keys':
      return addDeployKey(asked, second, third);
    case 'GET actions/secrets/public-key':
      return publicKey(asked, second, third);
    default:
      if (method === 'PUT' && rest[0] === 'actions' && rest[1] === 'secrets' && rest.length === 3) {
        return putSecret(asked, second, third, rest[2] ?? '');
      }
      throw notFound();
  }
}

function ofTheApp(
  method: string,
  parts: readonly string[],
  body: unknown,
  now: number,
  state: GithubState,
): Reply {
  const { app, installations } = state;
  const [first, second = '', third = '', fourth] = parts;
  if (method === 'GET' && parts.length === 1 && first === 'app') {
    return {
      status: 200,
      body: { id: app.id, client_id: app.clientId, slug: app.slug, name: app.slug },
    };
  }
  if (first === 'app' && second === 'installations') {
    if (method === 'GET' && third === '')
      return { status: 200, body: installations.map(described) };
    if (method === 'POST' && fourth === 'access_tokens') {
      return createToken(state, Number(third), body, now);
    }
  }
  if (method === 'GET' && first === 'repos' && fourth === 'installation') {
    const repository = findRepository(state, second, third);
    const found = installations.find(({ account }) => account === repository?.owner);
    if (repository?.installed !== true || found === undefined) throw notFound();
    return { status: 200, body: described(found) };
  }
  throw notFound();
}

function described({ id, account, kind, permissions }: Installation) {
  return {
    id,
    account: { login: account, type: kind === 'organization' ? 'Organization' : 'User' },
    repository_selection: 'selected',
    permissions,
  };
}

function ofTheInstallation(
  method: string,
  what: string,
  state: GithubState,
  token: IssuedToken,
): Reply {
  if (method === 'DELETE' && what === 'token') {
    token.revoked = true;
    return { status: 204 };
  }
  if (method === 'GET' && what === 'repositories') {
    const repositories = reachOf(state, token).map(shown);
    return { status: 200, body: { total_count: repositories.length, repositories } };
  }
  throw notFound();
}
