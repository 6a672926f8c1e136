import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { openConsumerAccess } from '../../../src/infisical/consumer-access.ts';
import { logIn } from '../../../src/infisical/login.ts';
import { readSecrets, writeSecret } from '../../../src/infisical/secrets.ts';
import { tenant, tokenLimits } from '../../infisical/tenant.ts';

const at = tenant();
const ai = () => ({ projectId: at().projectId, environment: 'prod', path: '/ai' });

async function token(): Promise<string> {
  const { clientSecret } = await at().mint();
  return (await logIn(at().place, { clientId: at().clientId, clientSecret })).token;
}

describe('an identity', () => {
  it('reads its folder, and neither the neighbour nor the root nor anything else', async () => {
    await writeSecret(at().admin, ai(), { name: 'A', value: '1', exists: false });
    const reader = { ...at().place, token: await token() };
    expect((await readSecrets(reader, ai())).get('A')).toBe('1');
    for (const path of ['/apps', '/']) {
      await expect(readSecrets(reader, { ...ai(), path })).rejects.toThrow(/403.*not allowed/);
    }
    await expect(
      writeSecret(reader, ai(), { name: 'B', value: '1', exists: false }),
    ).rejects.toThrow(/403/);
  });

  it('is refused after the uses of its token', async () => {
    const reader = { ...at().place, token: await token() };
    for (let use = 0; use < tokenLimits.numUses; use += 1) await readSecrets(reader, ai());
    await expect(readSecrets(reader, ai())).rejects.toThrow(/401.*usage limit reached/);
  });

  it('is refused one second after the life of its token, and not before', async () => {
    const reader = { ...at().place, token: await token() };
    at().server.advance(tokenLimits.ttl - 60);
    await readSecrets(reader, ai());
    at().server.advance(61);
    await expect(readSecrets(reader, ai())).rejects.toThrow(/403.*expired/);
  });

  it('is refused from another address, with token and with client secret', async () => {
    const { clientSecret } = await at().mint();
    const elsewhere = { ...at().place, localAddress: '127.0.2.66' };
    await expect(logIn(elsewhere, { clientId: at().clientId, clientSecret })).rejects.toThrow(
      /403.*current IP address/,
    );
    await expect(readSecrets({ ...elsewhere, token: await token() }, ai())).rejects.toThrow(
      /403.*current IP address/,
    );
  });

  it('has a client secret that ends by its uses, by its life and by revocation', async () => {
    const logInWith = (clientSecret: string) =>
      logIn(at().place, { clientId: at().clientId, clientSecret });
    const once = await at().mint({ numUsesLimit: 1 });
    await logInWith(once.clientSecret);
    await expect(logInWith(once.clientSecret)).rejects.toThrow(/usage limit reached/);
    const short = await at().mint({ ttl: 60 });
    await logInWith(short.clientSecret);
    at().server.advance(61);
    await expect(logInWith(short.clientSecret)).rejects.toThrow(/expired client secret/);
    const revoked = await at().mint();
    await at().call(
      'POST',
      `v1/auth/universal-auth/identities/${at().identityId}/client-secrets/${revoked.id}/revoke`,
      {},
    );
    await expect(logInWith(revoked.clientSecret)).rejects.toThrow(/Invalid credentials/);
  });

  it('is locked for five minutes by three wrong logins', async () => {
    const { clientSecret } = await at().mint();
    const wrong = { clientId: at().clientId, clientSecret: 'canary' };
    await logIn(at().place, { clientId: at().clientId, clientSecret });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(logIn(at().place, wrong)).rejects.toThrow(/Invalid credentials/);
    }
    const good = { clientId: at().clientId, clientSecret };
    await expect(logIn(at().place, good)).rejects.toThrow(/temporarily locked/);
    at().server.advance(301);
    await logIn(at().place, good);
  });
});

describe('the access of a consumer', () => {
  it('is its granted environment byte for byte, and a token that is dead afterwards', async () => {
    await writeSecret(at().admin, ai(), { name: 'REF', value: 'a${A}\n', exists: false });
    const { clientSecret } = await at().mint();
    const access = await openConsumerAccess({
      place: at().place,
      login: () => Promise.resolve({ clientId: at().clientId, clientSecret }),
      projectId: at().projectId,
      grants: [{ environment: 'prod', path: '/ai' }],
    });
    expect(await access.environment()).toMatchObject({ A: '1', REF: 'a${A}\n' });
    await access.token.close();
    const dead = { ...at().place, token: access.variables.INFISICAL_TOKEN };
    await expect(readSecrets(dead, ai())).rejects.toThrow(/401/);
  });
});

describe('the double', () => {
  it('keeps its state over a restart, and the use of a token that was refused', async () => {
    const kept = await token();
    await at().server.restart();
    expect((await readSecrets({ ...at().place, token: kept }, ai())).get('A')).toBe('1');
  });

  it('writes neither a client secret nor a token anywhere', async () => {
    const { clientSecret } = await at().mint();
    const shown = await logIn(at().place, { clientId: at().clientId, clientSecret });
    for (const file of ['state.json', 'journal.jsonl']) {
      const text = await readFile(join(at().server.directory, 'state', file), 'utf8');
      expect(text).not.toContain(clientSecret);
      expect(text).not.toContain(shown.token);
    }
  });

  it('does to a value what the server does: white space around it is lost', async () => {
    await writeSecret(at().admin, ai(), { name: 'TRIMMED', value: '  a \n\n', exists: false });
    expect((await readSecrets(at().admin, ai())).get('TRIMMED')).toBe('a\n');
  });

  it('serves the official SDK, which is not changed for it', async () => {
    const { clientSecret } = await at().mint();
    const program = `
      import { InfisicalSDK } from '@infisical/sdk';
      const { URL: siteUrl, ID: clientId, SECRET: clientSecret, PROJECT: projectId } = process.env;
      const sdk = new InfisicalSDK({ siteUrl });
      await sdk.auth().universalAuth.login({ clientId, clientSecret });
      const at = { projectId, environment: 'prod', secretPath: '/ai' };
      const { secrets } = await sdk.secrets().listSecrets({ ...at, expandSecretReferences: false });
      const one = await sdk.secrets().getSecret({ ...at, secretName: 'A' });
      let denied;
      try {
        await sdk.secrets().listSecrets({ ...at, secretPath: '/apps' });
      } catch (error) {
        denied = error.message;
      }
      const names = secrets.map(({ secretKey }) => secretKey);
      console.log(JSON.stringify({ names, value: one.secretValue, denied }));`;
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', program], {
      env: {
        // Node's fetch, which the SDK uses, takes a CA in no other way.
        NODE_EXTRA_CA_CERTS: at().server.caFile,
        URL: at().server.url,
        ID: at().clientId,
        SECRET: clientSecret,
        PROJECT: at().projectId,
      },
    });
    const { names, value, denied } = JSON.parse(stdout) as {
      names: string[];
      value: string;
      denied: string;
    };
    expect(names).toContain('A');
    expect(value).toBe('1');
    expect(denied).toMatch(/403.*not allowed/s);
  });
});

describe('a free server', () => {
  const free = tenantOfFree();

  it('refuses a trusted IP, and the message says what to do', async () => {
    await expect(free()).rejects.toThrow(/plan restriction/);
  });
});

/** The tenant's own set-up is what is refused. */
function tenantOfFree() {
  return async () => {
    const { runDouble, organizationId } = await import('./running-double.ts');
    const { administer } = await import('./administer.ts');
    const server = await runDouble({ plan: 'free' });
    try {
      const call = await administer(server);
      const { identity } = await call('POST', 'v1/identities', {
        name: 'a',
        organizationId,
        role: 'no-access',
      });
      const { id } = identity as { readonly id: string };
      const path = `v1/auth/universal-auth/identities/${id}`;
      await call('POST', path, { accessTokenTrustedIps: [{ ipAddress: '0.0.0.0/0' }] });
      await call('PATCH', path, { accessTokenTrustedIps: [{ ipAddress: '127.0.0.1/32' }] });
    } finally {
      await server.stop();
    }
  };
}
