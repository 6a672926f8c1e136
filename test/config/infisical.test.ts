import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { all, below, example, inside, lineOf, load, place, type Edit } from './example.ts';

const agent = '    network-agent:\n      secret:';
const workflow = '  githubActions:';
const sync = '  githubSyncs:';
const trusted = (entry: string) =>
  below('      secret: infisical/network-agent', `      trustedIps: [${entry}]`);

const refused: readonly (readonly [
  title: string,
  edit: Edit,
  field: string,
  line: string,
  message: RegExp,
])[] = [
  [
    'a site without TLS',
    inside('', 'siteUrl: https:', 'siteUrl: http:'),
    'infisical.siteUrl',
    'siteUrl: http:',
    /begins with https/,
  ],
  [
    'trusted IPs on a free server, with the firewall that stands in',
    all(inside('', 'plan: pro', 'plan: free'), trusted('192.0.2.65/32')),
    'infisical.identities.network-agent.trustedIps',
    'trustedIps:',
    /without a paid plan refuses trusted IPs -> .*infisical_firewall.*plan: pro/,
  ],
  [
    'trusted IPs that are none of the consumer',
    trusted('192.0.2.66/32'),
    'infisical.identities.network-agent.trustedIps[0]',
    'trustedIps:',
    /does not come from there -> write a part of 192\.0\.2\.65\/32/,
  ],
  [
    'an identity of nobody',
    inside('  identities:\n', '    network-agent:', '    network-agnt:'),
    'infisical.identities.network-agnt',
    'network-agnt:',
    /no consumer has this name -> write network-agent/,
  ],
  [
    'a grant to a folder below a declared one',
    inside(agent, 'path: /ai', 'path: /ai/old'),
    'infisical.identities.network-agent.grants[0].path',
    'path: /ai/old',
    /no such folder is declared/,
  ],
  [
    'a grant to a pattern',
    inside(agent, 'path: /ai', "path: '/ai/*'"),
    'infisical.identities.network-agent.grants[0].path',
    "path: '/ai/*'",
    /no wildcard/,
  ],
  [
    'a grant to the whole project',
    inside(agent, 'path: /ai', 'path: /'),
    'infisical.identities.network-agent.grants[0].path',
    'path: /\n',
    /an exact folder/,
  ],
  [
    'a grant in an environment that is not declared',
    inside(agent, 'environment: prod', 'environment: staging'),
    'infisical.identities.network-agent.grants[0].environment',
    'environment: staging',
    /no such environment is declared -> write one of dev, prod/,
  ],
  [
    'a grant in an environment that lacks the folder',
    inside(workflow, 'environment: prod\n', 'environment: dev\n'),
    'infisical.githubActions.homelab.grants[0].path',
    'path: /ci/homelab\n      accessToken',
    /not in the environment dev/,
  ],
  [
    'the same grant twice',
    inside(agent, 'path: /ai\n', 'path: /ai\n        - environment: prod\n          path: /ai\n'),
    'infisical.identities.network-agent.grants[1].path',
    'path: /ai\n      accessToken',
    /same grant stands above/,
  ],
  [
    'an access token without a limit of uses',
    inside(agent, 'numUses: 100', 'numUses: 0'),
    'infisical.identities.network-agent.accessToken.numUses',
    'numUses: 0',
    /zero means without a limit at Infisical -> write at least 1/,
  ],
  [
    'a limit that is left out',
    inside(agent, '        numUses: 100\n', ''),
    'infisical.identities.network-agent.accessToken.numUses',
    'accessToken:',
    /missing -> add it: requests that one access token/,
  ],
  [
    'an access token of a day',
    inside(agent, 'maxTtl: 1h', 'maxTtl: 1d'),
    'infisical.identities.network-agent.accessToken.maxTtl',
    'maxTtl: 1d',
    /a minute to an hour/,
  ],
  [
    'an access token that outlives its maximum',
    inside(agent, 'maxTtl: 1h', 'maxTtl: 10m'),
    'infisical.identities.network-agent.accessToken.ttl',
    'ttl: 15m\n        maxTtl: 10m',
    /ttl is longer than maxTtl/,
  ],
  [
    'a client secret for a year',
    inside(agent, 'ttl: 30d', 'ttl: 365d'),
    'infisical.identities.network-agent.clientSecret.ttl',
    'ttl: 365d',
    /once a quarter -> write 1m to 90d/,
  ],
  [
    'a login that lies elsewhere in KV',
    inside(agent, ' infisical/network-agent', ' unifi/tofu'),
    'infisical.identities.network-agent.secret',
    'secret: unifi/tofu\n      grants',
    /write a path below infisical\//,
  ],
  [
    'a login in a secret that is not declared',
    inside(agent, ' infisical/network-agent', ' infisical/other'),
    'infisical.identities.network-agent.secret',
    'infisical/other',
    /no such secret is declared -> declare it: fields: \[universal_auth_client_id,/,
  ],
  [
    'a login in a secret with other fields',
    inside('  infisical/network-agent:', ', project_id]', ']'),
    'infisical.identities.network-agent.secret',
    'secret: infisical/network-agent\n      grants',
    /has other fields/,
  ],
  [
    'a login that its consumer may not read',
    inside('  network-agent:', '      - secret: infisical/network-agent\n', ''),
    'infisical.identities.network-agent.secret',
    'secret: infisical/network-agent\n      grants',
    /add to consumers\.network-agent\.grants: \{ secret: infisical\/network-agent \}/,
  ],
  [
    'a login that another consumer may read, too',
    inside(
      '  unpoller:',
      '      - secret: unifi/exporter\n',
      '      - secret: unifi/exporter\n      - secret: infisical/network-agent\n',
    ),
    'infisical.identities.network-agent.secret',
    'secret: infisical/network-agent\n      grants',
    /unpoller may read that secret, too, so it could log in as network-agent/,
  ],
  [
    'any run of a repository',
    inside(workflow, 'environment: production', "branch: '*'"),
    'infisical.githubActions.homelab.subject.branch',
    "branch: '*'",
    /without a wildcard/,
  ],
  [
    'a subject of two things',
    inside(workflow, 'environment: production', 'environment: production\n        branch: main'),
    'infisical.githubActions.homelab.subject',
    'subject:',
    /not exactly one thing/,
  ],
  [
    'a repository pattern',
    inside(workflow, 'example-org/homelab', "'example-org/*'"),
    'infisical.githubActions.homelab.repository',
    "'example-org/*'",
    /without a wildcard/,
  ],
  [
    'a sync whose names at GitHub are everybody’s',
    inside(sync, 'BACKBONE_{{secretKey}}', "'{{secretKey}}'"),
    'infisical.githubSyncs.homelab.keySchema',
    "keySchema: '{{secretKey}}'",
    /a prefix or suffix around/,
  ],
  [
    'an environment twice',
    inside('  environments:\n', 'slug: prod', 'slug: dev'),
    'infisical.environments[1].slug',
    'slug: dev\n      name: Production',
    /another environment has this slug/,
  ],
  [
    'folders that differ in a slash alone',
    inside('', '    /ai:', '    /apps_dashboard:\n      class: app-runtime-env\n    /ai:'),
    'infisical.folders["/apps/dashboard"]',
    '/apps/dashboard:',
    /same Terraform name as \/apps_dashboard/,
  ],
  [
    'a class that has moved and has no folder',
    inside('    /ai:', 'class: ai-model-keys', 'class: app-runtime-env'),
    'classes.ai-model-keys',
    'ai-model-keys: dual',
    /no folder of infisical\.folders is of this class/,
  ],
];

const accepted: readonly (readonly [string, Edit])[] = [
  ['a free server without trusted IPs', inside('', 'plan: pro', 'plan: free')],
  ['trusted IPs that are a part of the sources', trusted('192.0.2.65/32')],
  ['a sync that deletes nothing', inside(sync, '      keySchema: BACKBONE_{{secretKey}}\n', '')],
  ['a branch', inside(workflow, 'environment: production', 'branch: release/2.x')],
  ['a tag', inside(workflow, 'environment: production', 'tag: v1.0.0')],
  [
    'the section switched off, as it stands',
    all(
      inside('infisical:', 'enabled: true', 'enabled: false'),
      inside('classes:', 'ai-model-keys: dual', 'ai-model-keys: current'),
      inside('classes:', 'app-runtime-env: dual', 'app-runtime-env: current'),
      inside('classes:', 'github-actions-secrets: dual', 'github-actions-secrets: current'),
    ),
  ],
];

describe('the section infisical', () => {
  let directory = '';
  let remove = () => Promise.resolve();
  beforeAll(async () => {
    ({ directory, remove } = await place());
  });
  afterAll(() => remove());

  it.each(refused)('is refused for %s', async (_, edit, field, line, message) => {
    const text = edit(example);
    const { refusals, error } = await load(directory, text);
    const refusal = refusals.find((one) => one.field === field);
    expect(refusal, `refused instead: ${error?.message ?? 'nothing'}`).toBeDefined();
    expect(`${refusal?.problem ?? ''} -> ${refusal?.fix ?? ''}`).toMatch(message);
    expect(refusal?.line).toBe(lineOf(text, line, '\ninfisical:\n'));
  });

  it.each(accepted)('is accepted with %s', async (_, edit) => {
    const { loaded, error } = await load(directory, edit(example));
    expect(error?.message).toBeUndefined();
    expect(loaded).toBeDefined();
  });

  it('is off where it is not declared', async () => {
    const text = example.replace(/\n# Static app secrets[\s\S]*?(?=\n# Where each)/, '\n');
    const { loaded } = await load(
      directory,
      text.replaceAll(
        /(ai-model-keys|app-runtime-env|github-actions-secrets): dual/g,
        '$1: current',
      ),
    );
    expect(loaded?.declaration.infisical).toEqual({ enabled: false });
  });
});
