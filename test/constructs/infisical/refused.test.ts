import type { TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { ConstructError } from '../../../src/constructs/construct-error.ts';
import { Folder } from '../../../src/constructs/infisical/folder.ts';
import { GithubOidcAuth } from '../../../src/constructs/infisical/github-oidc-auth.ts';
import { GithubSync } from '../../../src/constructs/infisical/github-sync.ts';
import { MachineIdentity } from '../../../src/constructs/infisical/machine-identity.ts';
import { Project } from '../../../src/constructs/infisical/project.ts';
import { UniversalAuth } from '../../../src/constructs/infisical/universal-auth.ts';
import { Template } from '../template.ts';

const accessToken = { ttl: 900, maxTtl: 3600, numUses: 5 };
const grants = [{ environment: 'prod', path: '/ai' }];

const project = (stack: TerraformStack, position = 1) =>
  new Project(stack, 'project', {
    name: 'P',
    slug: 'p',
    description: '',
    environments: [{ slug: 'prod', name: 'Production', position }],
    protection: true,
  });

const identity = (stack: TerraformStack) =>
  new MachineIdentity(stack, 'identity', {
    identityName: 'agent',
    organizationId: 'org',
    project: project(stack),
    grants,
  });

/** What types cannot say, and neither Terraform nor Infisical would. */
const refused: readonly (readonly [string, (stack: TerraformStack) => void, RegExp])[] = [
  ['an environment at position 0', (stack) => project(stack, 0), /position 0 of "prod"/],
  [
    'an identity without a grant',
    (stack) =>
      new MachineIdentity(stack, 'identity', {
        identityName: 'agent',
        organizationId: 'org',
        project: project(stack),
        grants: [],
      }),
    /without a grant/,
  ],
  ...(['ttl', 'maxTtl', 'numUses'] as const).map(
    (limit) =>
      [
        `an access token without ${limit}`,
        (stack: TerraformStack) => {
          new UniversalAuth(stack, 'auth', {
            identity: identity(stack),
            identityName: 'agent',
            accessToken: { ...accessToken, [limit]: 0 },
            trustedIps: ['192.0.2.1/32'],
          });
        },
        /is 0: no limit/,
      ] as const,
  ),
  [
    'a login from nowhere, which the server reads as from anywhere',
    (stack) =>
      new UniversalAuth(stack, 'auth', {
        identity: identity(stack),
        identityName: 'agent',
        accessToken,
        trustedIps: [],
      }),
    /no trusted IP/,
  ],
  ...['repo:example-org/*:environment:production', 'repo:example-org/web:pull_request'].map(
    (subject) =>
      [
        `the subject ${subject}`,
        (stack: TerraformStack) => {
          new GithubOidcAuth(stack, 'auth', {
            identity: identity(stack),
            identityName: 'agent',
            subject,
            audience: 'a',
            accessToken,
          });
        },
        /not one run of one repository/,
      ] as const,
  ),
  [
    'a key schema that every secret at GitHub has',
    (stack) => {
      const own = project(stack);
      const place = { project: own, environment: 'prod', parent: '/', name: 'ci', description: '' };
      const folder = new Folder(stack, 'folder', place);
      new GithubSync(stack, 'sync', {
        syncName: 'web',
        project: own,
        connectionId: 'c',
        owner: 'o',
        repository: 'r',
        githubEnvironment: undefined,
        source: { environment: 'prod', path: '/ci', folder },
        keySchema: '{{secretKey}}',
      });
    },
    /every secret at GitHub/,
  ],
];

describe('a construct of Infisical refuses', () => {
  it.each(refused)('%s', (_, build, message) => {
    expect(() => Template.of(build)).toThrow(ConstructError);
    expect(() => Template.of(build)).toThrow(message);
  });

  it('nothing of what it is meant for', () => {
    expect(() =>
      Template.of((stack) => {
        new UniversalAuth(stack, 'auth', {
          identity: identity(stack),
          identityName: 'agent',
          accessToken,
          trustedIps: ['192.0.2.1/32'],
        });
      }),
    ).not.toThrow();
  });
});
