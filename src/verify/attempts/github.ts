import { githubKey } from '../../model/names.ts';
import type { Attempt } from '../attempt.ts';

const allowed = { kind: 'engine', expected: 'allowed' } as const;
const denied = { kind: 'engine', expected: 'denied' } as const;

/** What a consumer of the GitHub broker needs of OpenBao: a proof of who it is, good for a minute. */
export function proofAttempts(path: string): readonly Attempt[] {
  return [
    { ...allowed, tries: `a proof for the broker by ${path}`, request: { method: 'GET', path } },
    {
      ...denied,
      tries: `a proof of another form, ${path}-verify`,
      request: { method: 'GET', path: `${path}-verify` },
    },
  ];
}

/** What the broker may do with the key of the App. What is signed here is no token that GitHub would take. */
export function signatureAttempts(path: string): readonly Attempt[] {
  const input = Buffer.from('backbone verify').toString('base64');
  const body = { input, signature_algorithm: 'pkcs1v15' };
  return [
    { ...allowed, tries: `sign by ${path}`, request: { method: 'POST', path, body } },
    {
      ...denied,
      tries: `sign with another padding at ${path}`,
      request: { method: 'POST', path, body: { ...body, signature_algorithm: 'pss' } },
    },
    {
      ...denied,
      tries: `see the key, ${githubKey.key}`,
      request: { method: 'GET', path: githubKey.key },
    },
    {
      ...denied,
      tries: 'export the key',
      request: { method: 'GET', path: githubKey.key.replace('/keys/', '/export/signing-key/') },
    },
  ];
}
