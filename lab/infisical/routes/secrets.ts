import { z } from 'zod';
import { bodyOf, isoTime, parameter, queryOf, type Call, type Route } from '../call.ts';
import { assertMay, may, type Spot } from '../permission.ts';
import { badRequest, invalid, notFound } from '../refusal.ts';
import { newId, type Secret } from '../state.ts';
import { assertFolder, cleanPath } from './folders.ts';
import { environmentOf, forget, projectById, projectBySlug } from './projects.ts';
import { copyToGithub } from './secret-syncs.ts';

/**
 * Secrets by the API that the CLI uses (v4, `projectId`) and by the older one of the SDK (v3 raw,
 * `workspaceId` or `workspaceSlug`), which differ in what they do when nothing is said: v4 expands
 * references in values, v3 does not.
 */
type Generation = 'v3' | 'v4';

const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((text) => text === 'true');

const placeFields = {
  projectId: z.string().optional(),
  workspaceId: z.string().optional(),
  workspaceSlug: z.string().optional(),
  environment: z.string(),
  secretPath: z.string().default('/').transform(cleanPath),
};

/** What the server does to every value that it is given: the white space around it is lost. */
const secretValue = z
  .string()
  .transform((value) => (value.endsWith('\n') ? `${value.trim()}\n` : value.trim()));

interface Place extends Spot {
  readonly envId: string;
}

function placeOf({ state }: Call, given: z.infer<z.ZodObject<typeof placeFields>>): Place {
  const id = given.projectId ?? given.workspaceId;
  if (id === undefined && given.workspaceSlug === undefined) throw invalid('projectId');
  const project =
    id === undefined ? projectBySlug(state, given.workspaceSlug ?? '') : projectById(state, id);
  const environment = environmentOf(state, project.id, given.environment);
  assertFolder(state, environment.id, given.secretPath);
  return {
    projectId: project.id,
    environment: environment.slug,
    secretPath: given.secretPath,
    envId: environment.id,
  };
}

function within({ state }: Call, { envId, secretPath }: Place): readonly Secret[] {
  return Object.values(state.secrets).filter(
    (secret) => secret.envId === envId && secret.path === secretPath,
  );
}

function shown(call: Call, secret: Secret, place: Place, value: string) {
  const visible = call.identity !== undefined && may(call.state, call.identity, 'readValue', place);
  const at = isoTime(call.now);
  return {
    id: secret.id,
    _id: secret.id,
    workspace: place.projectId,
    environment: place.environment,
    version: secret.version,
    type: 'shared',
    secretKey: secret.key,
    secretValue: visible ? value : '<hidden-by-infisical>',
    secretValueHidden: !visible,
    secretComment: secret.comment,
    secretPath: secret.path,
    skipMultilineEncoding: secret.skipMultilineEncoding,
    createdAt: at,
    updatedAt: at,
    tags: [],
  };
}

/** `${NAME}` of the same folder; what is not there becomes nothing. */
function expanded(value: string, all: readonly Secret[]): string {
  return value.replaceAll(
    /\$\{([^}]+)\}/g,
    (_, name: string) => all.find(({ key }) => key === name)?.value ?? '',
  );
}

function list(generation: Generation) {
  return (call: Call) => {
    const query = queryOf(
      call,
      z.object({ ...placeFields, expandSecretReferences: flag(generation === 'v4') }),
    );
    const place = placeOf(call, query);
    assertMay(call.state, call.identity, 'describeSecret', place);
    const all = within(call, place);
    return {
      secrets: all.map((secret) =>
        shown(
          call,
          secret,
          place,
          query.expandSecretReferences ? expanded(secret.value, all) : secret.value,
        ),
      ),
      imports: [],
    };
  };
}

function get(generation: Generation) {
  return (call: Call) => {
    const query = queryOf(
      call,
      z.object({ ...placeFields, expandSecretReferences: flag(generation === 'v4') }),
    );
    const place = placeOf(call, query);
    assertMay(call.state, call.identity, 'describeSecret', place);
    const all = within(call, place);
    const secret = named(call, place);
    const value = query.expandSecretReferences ? expanded(secret.value, all) : secret.value;
    return { secret: shown(call, secret, place, value) };
  };
}

function named(call: Call, place: Place): Secret {
  const name = parameter(call, 'name');
  const found = within(call, place).find(({ key }) => key === name);
  if (found === undefined) throw notFound(`Secret with name '${name}' not found`);
  return found;
}

const writeFields = {
  ...placeFields,
  secretComment: z.string().default(''),
  skipMultilineEncoding: z.boolean().default(false),
};

function create(call: Call) {
  const given = bodyOf(call, z.object({ ...writeFields, secretValue }));
  const place = placeOf(call, given);
  assertMay(call.state, call.identity, 'create', place);
  const key = parameter(call, 'name').trim();
  if (key === '' || /[ :/]/.test(key)) throw invalid('secretName');
  if (within(call, place).some((secret) => secret.key === key)) {
    throw badRequest('Secret already exist');
  }
  const secret: Secret = {
    id: newId(),
    envId: place.envId,
    path: place.secretPath,
    key,
    value: given.secretValue,
    comment: given.secretComment,
    version: 1,
    skipMultilineEncoding: given.skipMultilineEncoding,
  };
  call.state.secrets[secret.id] = secret;
  copyToGithub(call, place);
  return { secret: shown(call, secret, place, secret.value) };
}

function update(call: Call) {
  const given = bodyOf(call, z.object({ ...writeFields, secretValue: secretValue.optional() }));
  const place = placeOf(call, given);
  assertMay(call.state, call.identity, 'edit', place);
  const secret = named(call, place);
  secret.value = given.secretValue ?? secret.value;
  secret.version += 1;
  copyToGithub(call, place);
  return { secret: shown(call, secret, place, secret.value) };
}

function remove(call: Call) {
  const place = placeOf(call, bodyOf(call, z.object(placeFields)));
  assertMay(call.state, call.identity, 'delete', place);
  const secret = named(call, place);
  forget(call.state.secrets, ({ id }) => id === secret.id);
  copyToGithub(call, place);
  return { secret: shown(call, secret, place, secret.value) };
}

const who = 'anyone' as const;

export const secretRoutes: readonly Route[] = (
  [
    ['v4', 'v4/secrets'],
    ['v3', 'v3/secrets/raw'],
  ] as const
).flatMap(([generation, base]): readonly Route[] => [
  { method: 'GET', path: base, who, answer: list(generation) },
  { method: 'GET', path: `${base}/:name`, who, answer: get(generation) },
  { method: 'POST', path: `${base}/:name`, who, answer: create },
  { method: 'PATCH', path: `${base}/:name`, who, answer: update },
  { method: 'DELETE', path: `${base}/:name`, who, answer: remove },
]);
