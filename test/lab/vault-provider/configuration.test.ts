import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connection } from '../../../lab/vault-provider/configuration.ts';
import { problem } from '../../../lab/vault-provider/diagnostics.ts';
import { OpenBaoError } from '../../../lab/vault-provider/openbao.ts';
import { unknown, type Values } from '../../../lab/provider-protocol/value.ts';

const directory = mkdtempSync(join(tmpdir(), 'vault-provider-config-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const env = { VAULT_ADDR: 'https://a:8200', VAULT_TOKEN: 'env-token' };

describe('the connection', () => {
  it('comes from the environment, under the names of Vault or of OpenBao', () => {
    expect(connection({}, env)).toMatchObject({ address: 'https://a:8200', token: 'env-token' });
    expect(connection({}, { BAO_ADDR: 'https://b:8200', BAO_TOKEN: 'bao' })).toMatchObject({
      address: 'https://b:8200',
      token: 'bao',
    });
  });

  it('comes from the provider block first', () => {
    const config = { address: 'https://c:8200', token: 'configured' };
    expect(connection(config, env)).toMatchObject(config);
  });

  it('has a child token for 20 minutes, unless that is switched off', () => {
    expect(connection({}, env).childToken).toEqual({ name: 'terraform', ttlSeconds: 1200 });
    expect(connection({ skip_child_token: true }, env).childToken).toBeUndefined();
    const off = { ...env, TERRAFORM_VAULT_SKIP_CHILD_TOKEN: 'true' };
    expect(connection({}, off).childToken).toBeUndefined();
  });

  it('reads the certificate authority, and says when it cannot', () => {
    const file = join(directory, 'ca.pem');
    writeFileSync(file, 'PEM');
    expect(connection({ ca_cert_file: file }, env).ca).toBe('PEM');
    expect(() => connection({}, { ...env, BAO_CACERT: join(directory, 'none') })).toThrow(
      /CA certificate cannot be read.*none/,
    );
  });

  it.each<[string, Values, NodeJS.ProcessEnv, RegExp]>([
    ['no address', {}, { VAULT_TOKEN: 't' }, /VAULT_ADDR or BAO_ADDR/],
    ['an address that is no URL', { address: 'localhost' }, env, /no URL/],
    ['an address that is not known yet', { address: unknown }, env, /not known yet/],
    ['no token', {}, { VAULT_ADDR: 'https://a:8200' }, /VAULT_TOKEN or BAO_TOKEN/],
    ['verification switched off', { skip_tls_verify: true }, env, /never talks to a server/],
    [
      'verification switched off by the environment',
      {},
      { ...env, VAULT_SKIP_VERIFY: '1' },
      /VAULT_CACERT/,
    ],
    ['a namespace', { namespace: 'team' }, env, /does not know "namespace"/],
    ['another login', { auth_login: [{ path: 'auth/x' }] }, env, /does not know "auth_login"/],
  ])('is refused with %s', (_, config, environment, message) => {
    expect(() => connection(config, environment)).toThrow(message);
  });

  it('is refused with a broken token, which the message does not show', () => {
    expect(() => connection({ token: 'canary\ncanary' }, env)).toThrow(/^(?!.*canary)/s);
  });
});

describe('an error of the server as a diagnostic', () => {
  const error = new OpenBaoError('PUT', 'sys/policies/acl/a', 403, ['1 error: permission denied']);

  it('says what was asked, the status and what the server said', () => {
    const { severity, summary, detail } = problem(error, 'creating vault_policy', []);
    expect(severity).toBe(1);
    expect(summary).toBe('OpenBao refused creating vault_policy');
    expect(detail).toContain('PUT /v1/sys/policies/acl/a was answered with 403');
    expect(detail).toContain('* 1 error: permission denied');
  });

  it('never shows the token, even where a server repeats it', () => {
    const echo = new OpenBaoError('GET', 'a', 400, ['bad token s.canary']);
    expect(problem(echo, 'x', ['s.canary']).detail).not.toContain('s.canary');
  });
});
