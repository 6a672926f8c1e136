import { open, rm } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { connectionFromEnv } from '../client/connection.ts';
import { readKvMetadata, writeKv } from '../client/kv.ts';
import { call, type Connection } from '../client/openbao.ts';
import { inside, object, text } from '../contract/shape.ts';
import {
  findProject,
  mintClientSecret,
  readClientId,
  revokeClientSecret,
} from '../infisical/client-secrets.ts';
import { infisicalLogin } from '../model/names.ts';
import { result, resultJson, say } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { chosenIdentity, identityArg } from './infisical-identity.ts';
import { withInfisical } from './open-infisical.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = {
  ...fileArg,
  ...jsonArg,
  ...identityArg,
  description: { type: 'string', valueHint: 'text', description: 'what it is for, for the list' },
  wrap: {
    type: 'string',
    valueHint: 'file',
    description: 'not into KV: wrapped by OpenBao, the wrapping token into this new file, 0600',
  },
} as const;

export const infisicalIssue = defineCommand({
  meta: {
    name: 'backbone infisical issue',
    description:
      'Mint a client secret of an identity, with the declared life and number of logins. It goes ' +
      'straight into its KV secret of OpenBao, by check-and-set, or out wrapped, and is never shown. If ' +
      'it cannot be handed over, it is revoked again. Older ones stay until they end or are revoked.\n\n' +
      'Example: backbone infisical issue network-agent --description "rotation of May"\n' +
      '         backbone infisical issue network-agent --wrap network-agent.token',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    return withInfisical(given.file, async (asked) => {
      const { connection, infisical, backbone } = asked;
      const { declared, id } = await chosenIdentity(asked, given.identity);
      const openbao = await connectionFromEnv(process.env, backbone.openbaoAddress);
      if (openbao.token === undefined) {
        throw new UserError('no OpenBao token to hand it over with: set BAO_TOKEN or VAULT_TOKEN');
      }
      // Both sides are asked first: nothing is minted that cannot be handed over.
      const clientId = await readClientId(connection, id);
      const projectId = await findProject(connection, infisical.project.slug);
      const deliver =
        given.wrap === undefined
          ? await intoKv(openbao, declared.login)
          : await intoFile(openbao, given.wrap, backbone.declaration.openbao.wrapTtl.max);
      const minted = await mintClientSecret(connection, id, {
        description: given.description ?? 'issued by credential-backbone',
        ttl: declared.clientSecret.ttl,
        numUses: declared.clientSecret.numUses,
      });
      let place: string;
      try {
        place = await deliver({
          [infisicalLogin.clientId]: clientId,
          [infisicalLogin.clientSecret]: minted.clientSecret,
          [infisicalLogin.projectId]: projectId,
        });
      } catch (error) {
        await takeBack(() => revokeClientSecret(connection, id, minted.id), minted.id);
        throw error;
      }
      const { ttl, numUses } = declared.clientSecret;
      if (given.json === true) resultJson({ id: minted.id, ttl, numUses, place });
      else {
        result(
          `${minted.id} for ${declared.name}: ${String(numUses)} logins within ${String(ttl)} s; ${place}`,
        );
      }
      return 0;
    });
  },
});

type Deliver = (fields: Readonly<Record<string, string>>) => Promise<string>;

async function intoKv(
  openbao: Connection,
  { data, metadata }: { readonly data: string; readonly metadata: string },
): Promise<Deliver> {
  const version = (await readKvMetadata(openbao, metadata))?.current_version ?? 0;
  return async (fields) => {
    const written = await writeKv(openbao, data, fields, version);
    return `it is version ${String(written)} of ${data}`;
  };
}

async function intoFile(openbao: Connection, path: string, wrapTtl: number): Promise<Deliver> {
  let file;
  try {
    file = await open(path, 'wx', 0o600);
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new UserError(
      exists ? `${path} exists; name a new file` : `${path} cannot be written; name another file`,
    );
  }
  return async (fields) => {
    try {
      const answer = await call(openbao, {
        method: 'POST',
        path: 'sys/wrapping/wrap',
        body: fields,
        wrapTtl,
      });
      const wrapped = inside(object(answer, 'sys/wrapping/wrap'), 'wrap_info');
      await file.writeFile(`${text(wrapped, 'token')}\n`);
      return `the wrapping token is in ${path}, good for one unwrap within ${String(wrapTtl)} s`;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  };
}

/** What nobody holds must not stay valid. */
async function takeBack(revoke: () => Promise<boolean>, id: string): Promise<void> {
  try {
    await revoke();
    say(`the client secret ${id} was revoked again, as it could not be handed over`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    say(`the client secret ${id} could NOT be revoked: backbone infisical revoke it`);
  }
}
