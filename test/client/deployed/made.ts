import { randomBytes } from 'node:crypto';
import { renderAcl, type AclRule } from '../../../policies/openbao/acl.ts';
import { consumerAcl, enrolAcl, renewAcl } from '../../../policies/openbao/consumer.ts';
import { issuerAcl } from '../../../policies/openbao/issuer.ts';
import { operatorAcl } from '../../../policies/openbao/operator.ts';
import { responderAcl } from '../../../policies/openbao/responder.ts';
import { terraformApplyAcl, terraformPlanAcl } from '../../../policies/openbao/terraform.ts';
import type { Backbone } from '../../../src/model/backbone.ts';
import type { Consumer } from '../../../src/model/consumer.ts';
import { githubIdentity, mounts } from '../../../src/model/names.ts';
import type { Server } from './server.ts';

/** What was put in: tests look for these values where they must not be. */
export interface Made {
  readonly operator: { readonly name: string; readonly password: string };
  /** Secret path -> field -> value. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const canary = (what: string) => `canary-${what}-${randomBytes(12).toString('hex')}`;

/**
 * What the stacks `openbao` and `engines` make, by the API: the same names, policies and bounds, from the same model. No AWS
 * engine; whoever needs one mounts it.
 */
export async function makeServerSide(server: Server, backbone: Backbone): Promise<Made> {
  const post = async (path: string, body: unknown) => {
    const answer = await server.ask({ method: 'POST', path, body, token: server.rootToken });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const policy = (name: string, rules: readonly AclRule[]) =>
    post(`sys/policies/acl/${name}`, { policy: renderAcl(rules) });

  await Promise.all([
    post(`sys/mounts/${mounts.kv}`, { type: 'kv', options: { version: '2' } }),
    post(`sys/mounts/${mounts.arrivals}`, { type: 'kv', options: { version: '2' } }),
    post(`sys/mounts/${mounts.pki}`, { type: 'pki', config: { max_lease_ttl: '87600h' } }),
    post(`sys/auth/${mounts.approle}`, {
      type: 'approle',
      config: { default_lease_ttl: '15m', max_lease_ttl: '1h' },
    }),
    post(`sys/auth/${mounts.operator}`, {
      type: 'userpass',
      config: { default_lease_ttl: '1h', max_lease_ttl: '1h' },
    }),
    post(`sys/auth/${mounts.certificate}`, {
      type: 'cert',
      config: { default_lease_ttl: '15m', max_lease_ttl: '1h' },
    }),
  ]);
  await Promise.all([mounts.kv, mounts.arrivals].map((mount) => kvReady(server, mount)));
  await Promise.all(
    [mounts.kv, mounts.arrivals].map((mount) => post(`${mount}/config`, { cas_required: true })),
  );
  const root = await post(`${mounts.pki}/root/generate/internal`, {
    common_name: 'credential-backbone consumers',
    key_type: 'ec',
    key_bits: 256,
    ttl: '87600h',
  });
  const { certificate } = root['data'] as { certificate: string };

  for (const consumer of backbone.consumers) {
    await makeConsumer(post, policy, consumer, certificate);
  }
  await makeProgramIdentities(post, policy, backbone);
  if (backbone.engines !== undefined) {
    const { makeEngines } = await import('./engines.ts');
    await makeEngines(post, backbone, backbone.engines);
  }
  if (backbone.github !== undefined) await makeGithub(server, post, backbone);

  const operator = { name: 'alice', password: canary('password') };
  await policy(
    'operator',
    operatorAcl({ ...backbone, wrapTtl: backbone.declaration.openbao.wrapTtl }),
  );
  await post(`auth/${mounts.operator}/users/${operator.name}`, {
    password: operator.password,
    token_policies: ['operator'],
    token_no_default_policy: true,
    token_ttl: '1h',
    token_max_ttl: '1h',
    token_bound_cidrs: backbone.consumers.find(({ name }) => name === operator.name)?.from,
  });

  const secrets: Record<string, Record<string, string>> = {};
  for (const { path, dataPath, fields } of backbone.secrets) {
    const values = Object.fromEntries(
      fields.map((field) => [field, canary(`${path.replaceAll('/', '-')}-${field}`)]),
    );
    await post(dataPath, { data: values, options: { cas: 0 } });
    secrets[path] = values;
  }
  return { operator, secrets };
}

export type Post = (path: string, body: unknown) => Promise<Readonly<Record<string, unknown>>>;
type Policy = (name: string, rules: readonly AclRule[]) => Promise<unknown>;

async function makeConsumer(
  post: Post,
  policy: Policy,
  consumer: Consumer,
  certificate: string,
): Promise<void> {
  const { name, from, tokenTtl, tokenMaxTtl, secretIdTtl, certificateTtl } = consumer;
  const lives = {
    token_bound_cidrs: from,
    token_no_default_policy: true,
    token_ttl: tokenTtl,
    token_max_ttl: tokenMaxTtl,
    token_type: 'service',
  };
  await policy(consumer.policy, consumerAcl(consumer));
  await post(consumer.paths.role, {
    ...lives,
    bind_secret_id: true,
    secret_id_num_uses: 1,
    secret_id_ttl: secretIdTtl,
    secret_id_bound_cidrs: from,
    token_policies: [consumer.policy, ...(certificateTtl === undefined ? [] : [`enrol-${name}`])],
  });
  if (certificateTtl === undefined) return;
  const steps = { enrol: enrolAcl(consumer), renew: renewAcl(consumer) };
  for (const [step, rules] of Object.entries(steps)) {
    await policy(`${step}-${name}`, rules);
    await post(`${mounts.pki}/roles/${step}-${name}`, {
      allowed_domains: [name],
      allow_bare_domains: true,
      allow_subdomains: false,
      allow_ip_sans: false,
      use_csr_sans: false,
      server_flag: false,
      client_flag: true,
      key_type: 'ec',
      key_bits: 256,
      ttl: `${String(certificateTtl)}s`,
      max_ttl: `${String(certificateTtl)}s`,
      no_store: false,
    });
  }
  await post(`auth/${mounts.certificate}/certs/${name}`, {
    ...lives,
    certificate,
    allowed_common_names: [name],
    token_policies: [consumer.policy, `renew-${name}`],
  });
}

async function makeProgramIdentities(
  post: Post,
  policy: Policy,
  backbone: Backbone,
): Promise<void> {
  const { identities, wrapTtl } = backbone.declaration.openbao;
  const all = {
    'terraform-apply': [identities.apply, terraformApplyAcl()],
    'terraform-plan': [identities.plan, terraformPlanAcl()],
    'secret-id-issuer': [identities.issuer, issuerAcl(backbone.consumers, wrapTtl)],
    responder: [identities.responder, responderAcl(backbone.consumers)],
  } as const;
  for (const [name, [{ from }, rules]] of Object.entries(all)) {
    await policy(name, rules);
    await post(`auth/${mounts.approle}/role/${name}`, {
      bind_secret_id: true,
      secret_id_num_uses: 1,
      secret_id_ttl: wrapTtl.max,
      secret_id_bound_cidrs: from,
      token_bound_cidrs: from,
      token_policies: [name],
      token_no_default_policy: true,
      token_ttl: 1800,
      token_max_ttl: 1800,
      token_type: 'service',
    });
  }
}

/** A KV-v2 mount answers 400 while it is set up. */
async function kvReady(server: Server, mount: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    const { status } = await server.ask({
      method: 'GET',
      path: `${mount}/config`,
      token: server.rootToken,
    });
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${mount}/ is not ready`);
}

/** What the stack `github` makes; and identities by their names, which proofs say. */
async function makeGithub(server: Server, post: Post, { consumers }: Backbone): Promise<void> {
  const { name, audience } = githubIdentity;
  await post(`sys/mounts/${mounts.transit}`, { type: 'transit' });
  await post(`identity/oidc/key/${name}`, {
    algorithm: 'ES256',
    rotation_period: '24h',
    verification_ttl: '24h',
    allowed_client_ids: [audience],
  });
  await post(`identity/oidc/role/${name}`, {
    key: name,
    client_id: audience,
    ttl: '60s',
    template: '{"name": {{identity.entity.name}}}',
  });
  const token = server.rootToken;
  const field = async (path: string, key: string) => {
    const { body } = await server.ask({ method: 'GET', path, token });
    return ((body['data'] ?? body) as Record<string, unknown>)[key];
  };
  const { accessor } = (await field('sys/auth', `${mounts.approle}/`)) as { accessor: string };
  for (const consumer of consumers) {
    const made = await post('identity/entity', { name: consumer.name });
    await post('identity/entity-alias', {
      name: await field(consumer.paths.roleId, 'role_id'),
      mount_accessor: accessor,
      canonical_id: (made['data'] as { id: string }).id,
    });
  }
}
