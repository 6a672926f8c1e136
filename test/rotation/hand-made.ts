import { createKey } from '../../src/rotation/private-api.ts';
import { signIn } from '../../src/rotation/session.ts';
import type { Place } from './place.ts';

/** A key as a person makes it on the page of the admin `tofu`, under a name of their own. */
export async function handMadeKey(at: Place, name: string): Promise<{ id: string; key: string }> {
  const now = await at.read('unifi/tofu');
  const { rotation } = at.backbone.secrets.find(({ path }) => path === 'unifi/tofu') ?? {};
  if (rotation?.certificateSha256 === undefined) throw new Error('unifi/tofu is not rotated');
  const session = await signIn(
    {
      ...{ controller: at.console.url, kind: 'os', site: 'default' },
      certificateSha256: rotation.certificateSha256,
    },
    'tofu',
    now?.fields['password'] ?? '',
  );
  if (session === undefined) throw new Error('tofu cannot sign in');
  return createKey(session, name);
}
