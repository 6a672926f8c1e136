/**
 * The token by which a GitHub App says who it is (GitHub documentation, "Generating a JSON Web Token (JWT) for a
 * GitHub App"): RS256, `iat` a minute in the past against clocks that differ, ten minutes at most. This one is for
 * one request, and lives for two minutes.
 *
 * @param sign  signs the text by RS256, wherever the key is
 */
export async function appJwt(
  clientId: string,
  sign: (text: string) => Promise<Buffer> | Buffer,
  now: number = Date.now(),
): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'RS256', typ: 'JWT' });
  const text = `${header}.${part({ iat: seconds - 60, exp: seconds + 120, iss: clientId })}`;
  return `${text}.${(await sign(text)).toString('base64url')}`;
}
