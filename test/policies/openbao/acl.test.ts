import { describe, expect, it } from 'vitest';
import type { Seconds } from '../../../src/config/brands.ts';
import { renderAcl } from '../../../policies/openbao/acl.ts';

describe('the text of an ACL policy', () => {
  it('is one block a rule, with the reason for whoever reads it on the server', () => {
    expect(
      renderAcl([
        { why: 'read a secret', path: 'kv/data/unifi', capabilities: ['read'] },
        {
          why: 'mint',
          path: 'aws/sts/tf-proxmox',
          capabilities: ['create', 'update'],
          parameters: ['ttl'],
        },
      ]),
    ).toBe(`# read a secret
path "kv/data/unifi" {
  capabilities = ["read"]
}

# mint
path "aws/sts/tf-proxmox" {
  capabilities = ["create","update"]
  allowed_parameters = { "ttl" = [] }
}
`);
  });

  it('forbids every parameter and bounds the wrapping where a rule says so', () => {
    expect(
      renderAcl([
        {
          why: 'issue',
          path: 'auth/approle/role/x/secret-id',
          capabilities: ['update'],
          parameters: 'none',
          wrapping: { min: 60 as Seconds, max: 600 as Seconds },
        },
      ]),
    ).toContain(`  denied_parameters = { "*" = [] }
  min_wrapping_ttl = "60s"
  max_wrapping_ttl = "600s"
`);
  });

  it('says nothing of parameters where a rule does not', () => {
    const text = renderAcl([{ why: 'read', path: 'sys/x', capabilities: ['read'] }]);
    expect(text).not.toMatch(/parameters|wrapping/);
  });
});
