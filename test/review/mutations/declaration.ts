import { added, both, declared, type Mutation } from './patch.ts';

/** Beside the example: GitHub's runs of one environment are terraform-plan. */
const runs = (more: object = {}) => ({
  ...{ repository: 'acme/homelab', repositoryId: '456', ownerId: '123' },
  ...{ plan: { environment: 'plan' }, ...more },
});

const sealed = {
  from: ['192.0.2.77/32'],
  token: { ttl: '15m', maxTtl: '30m' },
  secretIdTtl: '10m',
};

/** Changes of `backbone.yaml`, ordinary ones and bad ones. */
export const declarationMutations: readonly Mutation[] = [
  ['nothing', {}, 'SAME'],
  ['another owner of a secret', declared('secrets.unifi/tofu.owner', 'platform'), 'SAME'],
  ['another description', declared('secrets.unifi/tofu.description', 'the same'), 'SAME'],
  ['a field more in a secret', added('secrets.unifi/tofu.fields', 'site'), 'SAME'],
  ['a tag more on the container', added('proxmox.tags', 'trusted'), 'SAME'],
  ['more memory for OpenBao', declared('openbao.memoryMiB', 2048), 'SAME'],
  ['another place of state', declared('state.directory', 'elsewhere'), 'SAME'],
  ['containers that are not protected', declared('openbao.protection', false), 'SAME'],
  ['a consumer in another order', reordered(), 'SAME'],
  [
    'a grant of a secret more',
    added('consumers.unpoller.grants', { secret: 'unifi/tofu' }),
    'WIDENS',
    'read kv/data/unifi/tofu',
  ],
  [
    'a grant of a profile more',
    added('consumers.proxmox-agent.grants', { profile: 'unifi' }),
    'WIDENS',
    'update aws/sts/tf-unifi',
  ],
  [
    'a grant less',
    declared('consumers.workstation.grants.1', undefined),
    'NARROWS',
    'read kv/data/unifi/tofu',
  ],
  [
    'a grant to rotate where there was none',
    added('consumers.network-agent.grants', { rotate: 'unifi/exporter' }),
    'WIDENS',
    'update kv/data/unifi/exporter',
  ],
  ['an address more', added('consumers.network-agent.from', '192.0.2.64/32'), 'WIDENS', 'cidrs'],
  [
    'a network in place of an address',
    declared('consumers.network-agent.from', ['192.0.2.64/29']),
    'WIDENS NARROWS',
    'token_bound_cidrs',
  ],
  [
    'another address',
    declared('consumers.network-agent.from', ['192.0.2.67/32']),
    'WIDENS NARROWS',
    'secret_id_bound_cidrs',
  ],
  ['a longer token', declared('consumers.unpoller.token.ttl', '20m'), 'WIDENS', 'token_ttl'],
  [
    'a shorter token',
    declared('consumers.unpoller.token.maxTtl', '30m'),
    'NARROWS',
    'token_max_ttl',
  ],
  [
    'a SecretID that lives longer',
    declared('consumers.unpoller.secretIdTtl', '11m'),
    'WIDENS',
    'secret_id_ttl',
  ],
  [
    'a SecretID that lives shorter',
    declared('consumers.unpoller.secretIdTtl', '5m'),
    'NARROWS',
    'secret_id_ttl',
  ],
  [
    'a new consumer',
    declared('consumers.reader', {
      kind: 'agent',
      ...sealed,
      grants: [{ secret: 'unifi/exporter' }],
    }),
    'WIDENS',
    'read kv/data/unifi/exporter',
  ],
  [
    'a consumer that is gone',
    declared('consumers.plan-runner', undefined),
    'NARROWS',
    'aws/sts/tf-proxmox-plan',
  ],
  [
    'a consumer of another kind, with a container',
    declared('consumers.reader', {
      ...{ kind: 'lxc', container: { vmid: 140, address: '192.0.2.40' } },
      ...{ token: sealed.token, secretIdTtl: sealed.secretIdTtl },
      grants: [{ secret: 'unifi/exporter' }],
    }),
    'WIDENS',
    'pki/sign/enrol-reader',
  ],
  ['a longer session', declared('profiles.unifi.ttl', '30m'), 'WIDENS', 'default_sts_ttl'],
  ['a shorter session', declared('profiles.unifi.maxTtl', '30m'), 'NARROWS', 'max_sts_ttl'],
  [
    'a profile that may apply, not only plan',
    declared('profiles.proxmox-plan.access', 'apply'),
    'WIDENS',
    's3:putobject',
  ],
  [
    'a profile that may plan, not apply any more',
    declared('profiles.unifi.access', 'plan'),
    'NARROWS',
    's3:putobject',
  ],
  [
    'another state',
    declared('profiles.unifi.key', 'proxmox/terraform.tfstate'),
    'WIDENS NARROWS',
    'proxmox/terraform.tfstate',
  ],
  [
    'a lock of another kind',
    declared('profiles.proxmox.lock', { mode: 'both', table: 'terraform-proxmox-locks-useast2' }),
    'WIDENS',
    'tflock',
  ],
  [
    'a profile that nobody has',
    declared('profiles.other', {
      ...{ bucket: 'tfstate-unifi-111122223333', key: 'other/terraform.tfstate' },
      ...{ lock: { mode: 's3' }, access: 'apply', ttl: '15m', maxTtl: '1h' },
    }),
    'WIDENS',
    'aws/sts/tf-other',
  ],
  [
    'a profile that is gone',
    both(
      declared('consumers.plan-runner.grants', [{ secret: 'unifi/exporter' }]),
      declared('profiles.proxmox-plan', undefined),
    ),
    'WIDENS NARROWS',
  ],
  [
    'a secret more',
    declared('secrets.dns/api', { fields: ['key'], rung: 2, owner: 'network', rotateEvery: '30d' }),
    'WIDENS',
    'kv/data/dns/api',
  ],
  [
    'a rotation that is due later',
    declared('secrets.unifi/tofu.rotateEvery', '180d'),
    'WIDENS',
    'rotate_every_seconds',
  ],
  [
    'a rotation that is due sooner',
    declared('secrets.unifi/tofu.rotateEvery', '30d'),
    'NARROWS',
    'rotate_every_seconds',
  ],
  ['wrapping that lives longer', declared('openbao.wrapTtl.max', '10m'), 'WIDENS', 'secret-id'],
  ['wrapping that lives shorter', declared('openbao.wrapTtl.max', '2m'), 'NARROWS', 'secret-id'],
  [
    'an address more for apply',
    added('openbao.identities.apply.from', '192.0.2.99/32'),
    'WIDENS',
    'token_bound_cidrs',
  ],
  ['more logins a second', declared('openbao.loginRatePerSecond', 1000), 'WIDENS', 'rate'],
  [
    'an SSH key more on the OpenBao host',
    added(
      'proxmox.sshPublicKeys',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKIpQS4UtSIxw4hWsSVWdmV6ZUE4A87d5gzQZyPKr5BX other@example.net',
    ),
    'WIDENS',
    'initialization.user_account.keys',
  ],
  [
    'three nodes',
    declared(
      'openbao.nodes',
      [120, 121, 122].map((vmid) => ({
        name: vmid === 120 ? 'openbao' : `openbao-${String(vmid)}`,
        vmid,
        address: `192.0.2.${String(vmid - 100)}`,
      })),
    ),
    'WIDENS NARROWS',
    'container openbao-121',
  ],
  [
    'a way out of the OpenBao hosts more',
    added('openbao.outbound', {
      ...{ comment: 'Alarm', port: 8443, user: 'root' },
      to: ['192.0.2.61/32'],
    }),
    'WIDENS',
    'ACCEPT out to 192.0.2.61/32 by tcp 8443',
  ],
  [
    'a way out of the OpenBao hosts to anywhere',
    declared('openbao.outbound.0.to', 'public'),
    'WIDENS NARROWS',
    'ACCEPT out to any by tcp 22',
  ],
  [
    'another Roles Anywhere name',
    declared('aws.identity.commonName', 'other.example.net'),
    'WIDENS NARROWS',
    'other.example.net',
  ],
  [
    'a static key of the broker',
    declared('aws.identity', {
      kind: 'broker-key',
      principalArn: 'arn:aws:iam::111122223333:role/openbao',
    }),
    'WIDENS NARROWS',
    'role/openbao',
  ],
  [
    'an Infisical folder more for an identity',
    added('infisical.identities.network-agent.grants', {
      environment: 'prod',
      path: '/apps/dashboard',
    }),
    'WIDENS',
    'permissions_v2',
  ],
  [
    'an Infisical token that lives longer',
    declared('infisical.identities.network-agent.accessToken.ttl', '30m'),
    'WIDENS',
    'access_token_ttl',
  ],
  [
    'an Infisical token for more uses',
    declared('infisical.identities.network-agent.accessToken.numUses', 101),
    'WIDENS',
    'access_token_num_uses_limit',
  ],
  ['an Infisical login from anywhere', declared('infisical.plan', 'free'), 'WIDENS', 'trusted_ips'],
  [
    'another branch of the workflow',
    declared('infisical.githubActions.homelab.subject', { branch: 'main' }),
    'UNKNOWN',
    'bound_subject',
  ],
  [
    'runs of a workflow that may plan',
    declared('openbao.workflows', runs()),
    'WIDENS',
    'single sign-on terraform-plan of the mount workflows',
  ],
  [
    'such runs, and the auditor',
    declared('openbao.workflows', runs({ auditor: { branch: 'main' } })),
    'WIDENS',
    'single sign-on auditor',
  ],
  ['a sync to GitHub gone', declared('infisical.githubSyncs', undefined), 'NARROWS', 'gone'],
  [
    'Infisical switched off',
    both(
      declared('infisical', { enabled: false }),
      declared('consumers.network-agent.grants.3', undefined),
      declared('consumers.proxmox-agent.grants.1', undefined),
    ),
    'UNKNOWN NARROWS',
  ],
  [
    'a folder more in Infisical',
    declared('infisical.folders./dns', { class: 'app-runtime-env' }),
    'SAME',
  ],
];

function reordered() {
  return {
    declare: (document: Parameters<NonNullable<Mutation[1]['declare']>>[0]) => {
      const { consumers } = document.toJS() as { consumers: Readonly<Record<string, unknown>> };
      const turned = Object.fromEntries(Object.entries(consumers).reverse());
      document.setIn(['consumers'], document.createNode(turned));
    },
  };
}
