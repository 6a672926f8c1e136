import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { z } from 'zod';
import { notAccessible, notFound, Refusal, type Reply } from './refusal.ts';
import {
  addRepository,
  findRepository,
  reachOf,
  type GithubState,
  type IssuedToken,
  type Repository,
} from './state.ts';
import { shown, within } from './tokens.ts';

await sodium.ready;

/** The pair that Actions secrets are sealed for; one for all repositories of the double. */
const sealing = sodium.crypto_box_keypair();
const keyId = '568250167242549743';

/** Who asks, and what of. */
export interface Asked {
  readonly state: GithubState;
  readonly token: IssuedToken;
  readonly body: unknown;
}

/**
 * @throws Refusal  404 where the token does not reach it, as GitHub tells nobody what there is; 403 where it
 *   does, and may not do this there
 */
function reached(
  { state, token }: Asked,
  owner: string,
  name: string,
  needed: Readonly<Record<string, string>>,
): Repository {
  const repository = findRepository(state, owner, name);
  if (repository === undefined || !reachOf(state, token).includes(repository)) throw notFound();
  if (!within(needed, token.permissions)) throw notAccessible();
  return repository;
}

export function showRepository(asked: Asked, owner: string, name: string): Reply {
  return { status: 200, body: shown(reached(asked, owner, name, { metadata: 'read' })) };
}

/** It exists at GitHub, so it does here: what must not be possible has to be tried. */
export function deleteRepository(asked: Asked, owner: string, name: string): Reply {
  const repository = reached(asked, owner, name, { administration: 'write' });
  asked.state.repositories.splice(asked.state.repositories.indexOf(repository), 1);
  return { status: 204 };
}

const newRepository = z.object({
  name: z.string().min(1).max(100),
  private: z.boolean().default(false),
});

/** `POST /orgs/{org}/repos`: administration of the installation. */
export async function createRepository(
  { state, token, body }: Asked,
  organization: string,
  make: (repository: Repository) => Promise<void>,
): Promise<Reply> {
  const { account, kind } = token.installation;
  if (account !== organization || kind !== 'organization') throw notFound();
  if (!within({ administration: 'write' }, token.permissions)) throw notAccessible();
  const wanted = newRepository.safeParse(body);
  if (!wanted.success) throw new Refusal(422, 'Repository creation failed.');
  if (findRepository(state, organization, wanted.data.name) !== undefined) {
    throw new Refusal(422, 'Repository creation failed.', {
      errors: [
        {
          ...{ resource: 'Repository', code: 'custom', field: 'name' },
          message: 'name already exists on this account',
        },
      ],
    });
  }
  const made = addRepository(state, organization, wanted.data.name, true);
  await make(made);
  return { status: 201, body: { ...shown(made), private: wanted.data.private } };
}

const deployKey = z.object({
  title: z.string(),
  key: z.string().regex(/^ssh-(ed25519|rsa) [A-Za-z0-9+/=]+/),
  read_only: z.boolean().default(false),
});

export function addDeployKey(asked: Asked, owner: string, name: string): Reply {
  const repository = reached(asked, owner, name, { administration: 'write' });
  const wanted = deployKey.safeParse(asked.body);
  if (!wanted.success) {
    throw new Refusal(422, 'Validation Failed', {
      errors: [{ resource: 'PublicKey', code: 'custom', message: 'key is invalid' }],
    });
  }
  if (repository.deployKeys.some(({ key }) => key === wanted.data.key)) {
    throw new Refusal(422, 'Validation Failed', {
      errors: [{ resource: 'PublicKey', code: 'custom', message: 'key is already in use' }],
    });
  }
  asked.state.nextId += 1;
  const made = { id: asked.state.nextId, ...wanted.data };
  repository.deployKeys.push(made);
  return { status: 201, body: { ...made, verified: true } };
}

export function publicKey(asked: Asked, owner: string, name: string): Reply {
  reached(asked, owner, name, { secrets: 'read' });
  const key = Buffer.from(sealing.publicKey).toString('base64');
  return { status: 200, body: { key_id: keyId, key } };
}

const sealed = z.object({ encrypted_value: z.string(), key_id: z.string() });

export function putSecret(asked: Asked, owner: string, name: string, secret: string): Reply {
  const repository = reached(asked, owner, name, { secrets: 'write' });
  const wanted = sealed.safeParse(asked.body);
  if (!wanted.success || wanted.data.key_id !== keyId) throw new Refusal(422, 'Bad request');
  const existed = repository.secrets.has(secret);
  repository.secrets.set(secret, hashOfValue(opened(wanted.data.encrypted_value)));
  return existed ? { status: 204 } : { status: 201, body: {} };
}

function opened(text: string): Uint8Array {
  try {
    const { publicKey: open, privateKey } = sealing;
    return sodium.crypto_box_seal_open(Buffer.from(text, 'base64'), open, privateKey);
  } catch {
    throw new Refusal(422, 'Bad request - encrypted_value could not be decrypted');
  }
}

export function hashOfValue(value: Uint8Array | string): string {
  return createHash('sha256').update(value).digest('hex');
}
