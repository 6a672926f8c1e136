import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { GithubStack } from '../../stacks/github.ts';
import { Template } from '../constructs/template.ts';
import { declare, input } from '../fixtures/declaration.ts';

const backbone = resolveBackbone(
  declare({
    consumers: {
      ...input.consumers,
      broker: {
        kind: 'lxc',
        container: { vmid: 140, address: '192.0.2.70' },
        grants: [{ broker: 'github' }],
        token: { ttl: '15m', maxTtl: '1h' },
        secretIdTtl: '10m',
      },
    },
    github: { enabled: true, clientId: 'Iv23liLAB', accounts: {}, contexts: {} },
  }),
);

describe('the stack github', () => {
  const template = Template.ofStack((app) => new GithubStack(app, backbone));

  it('is one of the declaration only where that is switched on', () => {
    expect(backbone.stacks).toContain('github');
    expect(resolveBackbone(declare()).stacks).not.toContain('github');
  });

  it('mounts transit, protected, and makes no key in it', () => {
    expect(template.resource('vault_mount', 'transit')).toMatchObject({
      ...{ path: 'transit', type: 'transit' },
      lifecycle: { prevent_destroy: true },
    });
    expect(template.text).not.toContain('vault_transit');
  });

  it('makes proofs for the broker alone, of a minute', () => {
    expect(template.resource('vault_identity_oidc_key', 'github-broker')).toMatchObject({
      ...{ algorithm: 'ES256', allowed_client_ids: ['github-broker'] },
    });
    expect(template.resource('vault_identity_oidc_role', 'github-broker')).toMatchObject({
      ...{ client_id: 'github-broker', ttl: 60 },
    });
  });
});
