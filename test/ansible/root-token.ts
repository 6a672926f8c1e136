import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Site } from './site.ts';

/** Where the artifacts of a site are, and a shell on its hosts. */
export type Keepers = Pick<Site, 'artifacts' | 'on' | 'decrypt'>;

interface Answer {
  readonly data?: Readonly<Record<string, string | boolean>>;
  readonly auth?: Readonly<Record<string, string>>;
}

/** A POST to OpenBao on one of its hosts; body and token by standard input. */
export async function post(
  site: Keepers,
  host: string,
  path: string,
  body: unknown,
  token = '',
): Promise<Answer> {
  const said = await site.on(
    host,
    `read -r token; curl --silent --cacert /etc/openbao/tls/openbao-ca.pem \\
       --header @<(echo "X-Vault-Token: $token") --data @- https://127.0.0.1:8200/v1/${path}`,
    `${token}\n${JSON.stringify(body)}`,
  );
  return JSON.parse(said) as Answer;
}

/** The first identity's password, as its keeper decrypts it. */
export async function firstPassword(site: Keepers, host: string): Promise<string> {
  const file = join(site.artifacts, 'bootstrap-password.age');
  return site.decrypt(host, await readFile(file, 'latin1'));
}

/** A token of the first identity. */
export async function firstToken(site: Keepers, host: string): Promise<string> {
  const password = await firstPassword(site, host);
  const { auth } = await post(site, host, 'auth/bootstrap/login/bootstrap', { password });
  return auth?.['client_token'] ?? '';
}

/**
 * The way of docs/runbook.md, Break-glass: holders of recovery keys make a root token.
 *
 * @param holders  how many of them
 * @returns undefined where those are too few; then the attempt is ended
 */
export async function rootToken(
  site: Keepers,
  host: string,
  holders: number,
): Promise<string | undefined> {
  const first = await firstToken(site, host);
  const file = await readFile(join(site.artifacts, 'recovery-keys.json'), 'utf8');
  const keys = (JSON.parse(file) as { encrypted: string }[]).slice(0, holders);
  const begun = await post(site, host, 'sys/generate-root-token/attempt', {}, first);
  const { nonce, otp } = begun.data ?? {};
  let encoded: unknown;
  for (const { encrypted } of keys) {
    const key = await site.decrypt(host, encrypted);
    const given = await post(site, host, 'sys/generate-root-token/update', { key, nonce }, first);
    if (given.data?.['complete'] === true) encoded = given.data['encoded_token'];
  }
  if (typeof encoded !== 'string' || typeof otp !== 'string') {
    await site.on(
      host,
      `curl --silent --cacert /etc/openbao/tls/openbao-ca.pem --header @- --request DELETE \\
         https://127.0.0.1:8200/v1/sys/generate-root-token/attempt`,
      `X-Vault-Token: ${first}`,
    );
    return undefined;
  }
  return site.on(
    host,
    `read -r BAO_TOKEN; export BAO_TOKEN
     export BAO_ADDR=https://127.0.0.1:8200 BAO_CACERT=/etc/openbao/tls/openbao-ca.pem
     bao operator generate-root -decode=- -otp='${otp}'`,
    `${first}\n${encoded}`,
  );
}
