import { describe, expect, it } from 'vitest';
import { answerFor, contextFor, readAttributes } from '../../src/client/github/credential.ts';

const github = {
  webUrl: 'https://github.com',
  contexts: {
    homelab: {
      account: 'example-org',
      repositories: ['homelab'],
      permissions: { contents: 'write' },
      verbs: [],
    },
    issues: {
      account: 'example-org',
      repositories: ['tracker'],
      permissions: { issues: 'write' },
      verbs: [],
    },
  },
};
const asked = { protocol: 'https', host: 'github.com', path: 'example-org/homelab.git' };

describe('what git asks for', () => {
  it('is read line by line, to the empty one', () => {
    const text =
      'protocol=https\nhost=github.com\npath=a/b\nwwwauth[]=Basic\n\nhost=evil.example\n';
    expect(readAttributes(text)).toEqual({ protocol: 'https', host: 'github.com', path: 'a/b' });
    expect(readAttributes('password=a=b')).toEqual({ password: 'a=b' });
    expect(readAttributes('')).toEqual({});
  });

  it.each(['example-org/homelab.git', 'example-org/homelab', 'Example-Org/HomeLab.git/'])(
    'is ours: %s',
    (path) => {
      expect(contextFor(github, { ...asked, path })).toEqual({
        context: 'homelab',
        repository: 'homelab',
      });
    },
  );

  it.each([
    ['the sibling', { path: 'example-org/sibling.git' }],
    ['another owner', { path: 'someone/homelab.git' }],
    ['no path, which would be any', { path: undefined }],
    ['a path that climbs', { path: 'example-org/x/../homelab.git' }],
    ['more below it', { path: 'example-org/homelab.git/info' }],
    ['another host', { host: 'github.com.evil.example' }],
    ['another port', { host: 'github.com:8443' }],
    ['no TLS', { protocol: 'http' }],
    ['a context without code', { path: 'example-org/tracker.git' }],
  ])('is not ours: %s', (_, change) => {
    expect(contextFor(github, { ...asked, ...change })).toBeUndefined();
  });

  it('is answered with the end of the token', () => {
    const given = { token: 'ghs_x', expiresAt: '2026-01-01T00:00:00Z', account: 'a' };
    expect(answerFor({ ...given, repositories: [], permissions: {} })).toBe(
      'username=x-access-token\npassword=ghs_x\npassword_expiry_utc=1767225600\n',
    );
  });
});
