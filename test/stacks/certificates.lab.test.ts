import { webcrypto, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCa, issue } from '../../lab/pki.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';
import { Template, type Attributes } from '../constructs/template.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';
import { TestServer } from '../lab/vault-provider/server.ts';

/*
 * What the stack says of certificates, asked of a real OpenBao: the synthesized attributes are written by
 * the API, to which they have the names of.
 */

const addresses = { unpoller: '127.0.2.31', printer: '127.0.2.32' } as const;
type Name = keyof typeof addresses;

const container = (name: Name, vmid: number) => ({
  ...input.consumers['unpoller'],
  container: { vmid, address: addresses[name] },
});
const consumers = {
  ...input.consumers,
  unpoller: container('unpoller', 130),
  printer: container('printer', 131),
} as DeclarationInput['consumers'];
const backbone = resolveBackbone(declare({ consumers }));
const template = Template.ofStack((app) => new OpenBaoStack(app, backbone));

/** Attributes of a resource without those that are Terraform's or the path's. */
function fields(type: string, name: string): Attributes {
  const others = ['//', 'backend', 'name', 'role_name', 'depends_on', 'lifecycle', 'provider'];
  const own = Object.entries(template.resource(type, name)).filter(
    ([key]) => !others.includes(key),
  );
  const text = JSON.stringify(Object.fromEntries(own));
  return JSON.parse(text.replaceAll(/\$\{vault_policy\.([\w-]+)\.name\}/g, '$1')) as Attributes;
}

let server: TestServer;
let serverCa: string;
const authority = { certificate: '' };

interface Reply {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly auth: Readonly<Record<string, unknown>>;
  readonly errors: readonly string[];
}

interface Asked {
  readonly from?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly certificate?: string;
  readonly privateKey?: string;
}

/** A request of a consumer: from its address, with its certificate. */
function ask(path: string, { from, token, body = {}, certificate, privateKey }: Asked) {
  return new Promise<Reply>((resolve, reject) => {
    const outgoing = request(
      `${server.address}/v1/${path}`,
      {
        method: 'POST',
        ca: serverCa,
        cert: certificate,
        key: privateKey,
        localAddress: from ?? '127.0.0.1',
        agent: false,
        headers: token === undefined ? {} : { 'X-Vault-Token': token },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const parsed = (text.startsWith('{') ? JSON.parse(text) : {}) as Partial<Reply>;
          resolve({
            status: response.statusCode ?? 0,
            data: parsed.data ?? {},
            auth: parsed.auth ?? {},
            errors: parsed.errors ?? [],
          });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

async function write(path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const { status, body: answer } = await server.call('POST', path, body);
  if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer.data ?? {};
}

const elliptic = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};

interface KeyOptions {
  readonly algorithm?: typeof elliptic | typeof rsa;
  readonly dnsNames?: readonly string[];
}

/** A new key, and a request for a certificate of it. */
async function requestFor(name: string, { algorithm = elliptic, dnsNames = [] }: KeyOptions = {}) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const names = dnsNames.map((value) => ({ type: 'dns' as const, value }));
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    csr: csr.toString('pem'),
    privateKey: x509.PemConverter.encode(exported, 'PRIVATE KEY'),
  };
}

/** A token of the consumer's AppRole, as at its first boot. */
async function firstLogin(name: Name): Promise<Reply['auth']> {
  const base = `auth/approle/role/${name}`;
  const { data } = (await server.call('GET', `${base}/role-id`)).body;
  const { secret_id } = await write(`${base}/secret-id`, {});
  const body = { role_id: data?.['role_id'], secret_id };
  const { auth } = await ask('auth/approle/login', { from: addresses[name], body });
  return auth;
}

const tokenOf = (auth: Reply['auth']) => String(auth['client_token']);

/** Certificate and key of a consumer that has enrolled. */
async function enrol(name: Name) {
  const { csr, privateKey } = await requestFor(`CN=${name}`);
  const token = tokenOf(await firstLogin(name));
  const signed = await ask(`pki/sign/enrol-${name}`, {
    from: addresses[name],
    token,
    body: { csr },
  });
  if (signed.status !== 200) throw new Error(signed.errors.join());
  const { certificate, serial_number } = signed.data;
  return {
    certificate: String(certificate),
    serialNumber: String(serial_number),
    privateKey,
  };
}

const login = (name: string, asked: Asked) => ask('auth/cert/login', { ...asked, body: { name } });

beforeAll(async () => {
  server = await TestServer.start();
  serverCa = await readFile(server.caFile, 'utf8');
  await write('sys/mounts/pki', {
    type: 'pki',
    config: { max_lease_ttl: `${String(fields('vault_mount', 'pki')['max_lease_ttl_seconds'])}s` },
  });
  const { type, ...root } = fields('vault_pki_secret_backend_root_cert', 'pki');
  const made = await write(`pki/issuers/generate/root/${String(type)}`, root);
  expect(Object.keys(made)).not.toContain('private_key');
  authority.certificate = String(made['certificate']);
  await write('sys/auth/approle', { type: 'approle' });
  await write('sys/auth/cert', { type: 'cert' });
  for (const name of Object.keys(addresses)) {
    for (const policy of [`consumer-${name}`, `enrol-${name}`, `renew-${name}`]) {
      await write(`sys/policies/acl/${policy}`, fields('vault_policy', policy));
    }
    for (const role of [`enrol-${name}`, `renew-${name}`]) {
      await write(`pki/roles/${role}`, fields('vault_pki_secret_backend_role', role));
    }
    await write(`auth/approle/role/${name}`, fields('vault_approle_auth_backend_role', name));
    await write(`auth/cert/certs/${name}`, {
      ...fields('vault_cert_auth_backend_role', name),
      ...authority,
    });
    await identity(name);
  }
  await write('sys/policies/acl/responder', fields('vault_policy', 'responder'));
});

afterAll(() => server.stop());

/** Entity and aliases, which have ids of the server in them. */
async function identity(name: string): Promise<void> {
  const entity = await write('identity/entity', { name });
  const { data: methods } = (await server.call('GET', 'sys/auth')).body;
  const accessor = (path: string) => (methods?.[path] as { accessor: string }).accessor;
  const role = (await server.call('GET', `auth/approle/role/${name}/role-id`)).body.data;
  const alias = template.resource('vault_identity_entity_alias', `${name}_certificate`);
  const own = { canonical_id: entity['id'] };
  await write('identity/entity-alias', {
    ...own,
    name: role?.['role_id'],
    mount_accessor: accessor('approle/'),
  });
  await write('identity/entity-alias', {
    ...own,
    name: alias['name'],
    mount_accessor: accessor('cert/'),
  });
}

describe('the first certificate', () => {
  it('is for a client of that name, for its time, and signs nothing', async () => {
    const { certificate } = await enrol('unpoller');
    const leaf = new x509.X509Certificate(certificate);
    expect(leaf.subject).toBe('CN=unpoller');
    expect(leaf.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([
      x509.ExtendedKeyUsage.clientAuth,
    ]);
    expect(leaf.getExtension(x509.KeyUsagesExtension)?.usages).toBe(
      x509.KeyUsageFlags.digitalSignature,
    );
    expect(new X509Certificate(certificate).ca).toBe(false);
    const life = leaf.notAfter.getTime() - leaf.notBefore.getTime();
    // A week, and five minutes before for nodes whose clocks differ.
    expect(life / 1000).toBe(604_800 + 300);
    expect(new X509Certificate(certificate).subjectAltName).toBe('DNS:unpoller');
  });

  it('has no name but its own, whatever the request asks for', async () => {
    const { csr } = await requestFor('CN=unpoller, O=other, OU=other', {
      dnsNames: ['printer', 'localhost'],
    });
    const token = tokenOf(await firstLogin('unpoller'));
    const { status, data } = await ask('pki/sign/enrol-unpoller', {
      from: addresses.unpoller,
      token,
      body: { csr },
    });
    expect(status).toBe(200);
    const leaf = new X509Certificate(String(data['certificate']));
    expect(leaf.subject).toBe('CN=unpoller');
    expect(leaf.subjectAltName).toBe('DNS:unpoller');
  });

  it.each<readonly [string, string, KeyOptions]>([
    ['another name', 'CN=printer', {}],
    ['a name below its own', 'CN=a.unpoller', {}],
    ['a pattern', 'CN=*.unpoller', {}],
    ['an address of mail', 'CN=a@unpoller', {}],
    ['this host', 'CN=localhost', {}],
    ['no name', 'O=unpoller', {}],
    ['a key of another kind', 'CN=unpoller', { algorithm: rsa }],
  ])('is refused for %s', async (_, name, options) => {
    const { csr } = await requestFor(name, options);
    const token = tokenOf(await firstLogin('unpoller'));
    const signed = await ask('pki/sign/enrol-unpoller', {
      from: addresses.unpoller,
      token,
      body: { csr },
    });
    expect(signed.status).toBe(400);
  });

  it.each([
    ["at another's", 'pki/sign/enrol-printer', addresses.unpoller],
    ['where it is renewed', 'pki/sign/renew-unpoller', addresses.unpoller],
    ['from another address', 'pki/sign/enrol-unpoller', addresses.printer],
  ])('is not signed %s', async (_, path, from) => {
    const { csr } = await requestFor(`CN=${path.includes('printer') ? 'printer' : 'unpoller'}`);
    const token = tokenOf(await firstLogin('unpoller'));
    expect(await ask(path, { from, token, body: { csr } })).toMatchObject({ status: 403 });
  });
});

describe('a login by certificate', () => {
  it('is the same identity as the first login, with the right to renew and not to enrol', async () => {
    const first = await firstLogin('unpoller');
    const mine = await enrol('unpoller');
    const { status, auth } = await login('unpoller', { from: addresses.unpoller, ...mine });
    expect(status).toBe(200);
    expect(auth).toMatchObject({
      entity_id: first['entity_id'],
      policies: ['consumer-unpoller', 'renew-unpoller'],
      lease_duration: 900,
      metadata: { common_name: 'unpoller', cert_name: 'unpoller' },
    });
    const { csr } = await requestFor('CN=unpoller');
    const asked = { from: addresses.unpoller, token: tokenOf(auth), body: { csr } };
    expect((await ask('pki/sign/enrol-unpoller', asked)).status).toBe(403);
    expect((await ask('pki/sign/renew-unpoller', asked)).status).toBe(200);
  });

  it('gives a token that only the holder of the key renews', async () => {
    const mine = await enrol('unpoller');
    const { auth } = await login('unpoller', { from: addresses.unpoller, ...mine });
    const asked = { from: addresses.unpoller, token: tokenOf(auth) };
    expect((await ask('auth/token/renew-self', asked)).status).toBeGreaterThanOrEqual(400);
    expect((await ask('auth/token/renew-self', { ...asked, ...mine })).status).toBe(200);
  });

  it('is refused from another address, and so is its token', async () => {
    const mine = await enrol('unpoller');
    const stolen = await login('unpoller', { from: addresses.printer, ...mine });
    expect(stolen.status).toBeGreaterThanOrEqual(400);
    const { auth } = await login('unpoller', { from: addresses.unpoller, ...mine });
    const used = await ask('auth/token/renew-self', {
      from: addresses.printer,
      token: tokenOf(auth),
      ...mine,
    });
    expect(used.status).toBe(403);
  });

  it.each([
    ['as another', async () => ['printer', await enrol('unpoller')] as const],
    ['without a certificate', () => ['unpoller', {}] as const],
    [
      'by a certificate that another CA signed',
      async () => {
        const other = await createCa('credential-backbone consumers');
        return ['unpoller', await issue(other, { commonName: 'unpoller' })] as const;
      },
    ],
  ])('is refused %s', async (_, given) => {
    const [name, mine] = await given();
    for (const from of Object.values(addresses)) {
      const { status, auth } = await login(name, { from, ...mine });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(auth).toEqual({});
    }
  });

  it('ends with what the responder revokes, and not for others', async () => {
    const [mine, next, other] = [
      await enrol('unpoller'),
      await enrol('unpoller'),
      await enrol('printer'),
    ];
    const made = await server.call('POST', 'auth/token/create', { policies: ['responder'] });
    const token = tokenOf((made.body as { auth: Reply['auth'] }).auth);
    const at = (name: Name, held: Asked) => login(name, { from: addresses[name], ...held });
    expect((await at('unpoller', mine)).status).toBe(200);

    const revoked = await ask('pki/revoke', { token, body: { serial_number: mine.serialNumber } });
    expect(revoked.status).toBe(200);
    // The certificate login does not ask the PKI: it has to be told.
    expect((await at('unpoller', mine)).status).toBe(200);
    const crl = (await server.call('GET', 'pki/cert/crl')).body.data?.['certificate'];
    await ask('auth/cert/crls/consumers', { token, body: { crl } });

    expect((await at('unpoller', mine)).status).toBeGreaterThanOrEqual(400);
    expect((await at('unpoller', next)).status).toBe(200);
    expect((await at('printer', other)).status).toBe(200);
  });
});
