import { describe, expect, it } from 'vitest';
import type { AclRule } from '../../../policies/openbao/acl.ts';
import { auditorAcl } from '../../../policies/openbao/auditor.ts';
import { bootstrapAcl } from '../../../policies/openbao/bootstrap.ts';
import { consumerAcl, enrolAcl, renewAcl } from '../../../policies/openbao/consumer.ts';
import { issuerAcl } from '../../../policies/openbao/issuer.ts';
import { operatorAcl } from '../../../policies/openbao/operator.ts';
import { responderAcl } from '../../../policies/openbao/responder.ts';
import { terraformApplyAcl, terraformPlanAcl } from '../../../policies/openbao/terraform.ts';
import { verifierAcl } from '../../../policies/openbao/verifier.ts';
import { resolveBackbone } from '../../../src/model/backbone.ts';
import { declare } from '../../fixtures/declaration.ts';

const backbone = resolveBackbone(declare());
const { wrapTtl } = backbone.declaration.openbao;

const ownToken = ['auth/token/lookup-self', 'auth/token/renew-self', 'auth/token/revoke-self'];

const declared = (name: string) => {
  const found = backbone.consumers.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no consumer ${name}`);
  return found;
};
const consumer = (name: string) => consumerAcl(declared(name));

const paths = (rules: readonly AclRule[]) => rules.map(({ path }) => path);

const rule = (rules: readonly AclRule[], path: string): AclRule => {
  const found = rules.find((candidate) => candidate.path === path);
  if (found === undefined) throw new Error(`no rule for ${path}`);
  return found;
};

const policies: Record<string, readonly AclRule[]> = {
  issuer: issuerAcl(backbone.consumers, wrapTtl),
  responder: responderAcl(backbone.consumers),
  operator: operatorAcl({ ...backbone, wrapTtl }),
  'terraform-apply': terraformApplyAcl(),
  'terraform-plan': terraformPlanAcl(),
  bootstrap: bootstrapAcl(),
  verifier: verifierAcl(),
  auditor: auditorAcl(),
  ...Object.fromEntries(
    backbone.consumers.map((one) => [`consumer ${one.name}`, consumerAcl(one)]),
  ),
};

describe('every policy', () => {
  it.each(Object.entries(policies))('of %s has one rule a path', (_, rules) => {
    expect(paths(rules)).toHaveLength(new Set(paths(rules)).size);
  });

  it.each(Object.entries(policies))('of %s may look after its own token', (_, rules) => {
    expect(paths(rules)).toEqual(expect.arrayContaining(ownToken));
  });

  it.each(Object.entries(policies))(
    'of %s makes no child token, but by the token role of verification',
    (name, rules) => {
      expect(paths(rules).filter((path) => path.startsWith('auth/token/create'))).toEqual(
        name === 'verifier' ? ['auth/token/create/verifier'] : [],
      );
    },
  );

  const withSudo = /^(terraform-apply|bootstrap|responder|auditor)$/;
  it.each(Object.entries(policies).filter(([name]) => !withSudo.test(name)))(
    'of %s has no sudo',
    (_, rules) => {
      expect(rules.filter(({ capabilities }) => capabilities.includes('sudo'))).toEqual([]);
    },
  );

  it.each(
    Object.entries(policies).filter(([name]) => !/^(terraform-.*|bootstrap|auditor)$/.test(name)),
  )('of %s has exact paths only', (_, rules) => {
    expect(paths(rules).filter((path) => /[*+]/.test(path))).toEqual([]);
  });
});

describe('the verifier', () => {
  it('has a token of a chosen policy and life, and names nothing else of it', () => {
    expect(rule(verifierAcl(), 'auth/token/create/verifier')).toMatchObject({
      parameters: ['policies', 'ttl'],
      required: ['policies', 'ttl'],
    });
  });

  it('has no other power', () => {
    expect(paths(verifierAcl())).toEqual([
      'auth/token/create/verifier',
      'sys/capabilities-accessor',
      ...ownToken,
    ]);
  });
});

describe('the auditor', () => {
  it('only reads, but for the lookup that the server wants as a POST and its own token', () => {
    const writing = auditorAcl().filter(({ capabilities }) =>
      capabilities.some((one) => !['read', 'list', 'sudo'].includes(one)),
    );
    expect(paths(writing)).toEqual([
      'auth/token/lookup-accessor',
      'auth/token/renew-self',
      'auth/token/revoke-self',
    ]);
  });

  it('reaches no secret, no session and no certificate', () => {
    const reached = paths(auditorAcl()).filter((path) =>
      /^(kv|arrivals)\/(?!config$)|\/(sts|creds|sign|issue|secret-id|role-id)(\/|$)/.test(path),
    );
    expect(reached).toEqual([]);
  });

  it('has sudo where the server wants it to look, and nowhere else', () => {
    const sudo = auditorAcl().filter(({ capabilities }) => capabilities.includes('sudo'));
    expect(paths(sudo)).toEqual(['sys/audit', 'auth/token/accessors']);
  });
});

describe('a consumer', () => {
  it('has exactly its grants', () => {
    expect(paths(consumer('terraform-agent'))).toEqual([
      'aws/sts/tf-proxmox',
      'kv/data/unifi/tofu',
      'arrivals/data/terraform-agent',
      ...ownToken,
    ]);
    expect(paths(consumer('unpoller'))).toEqual([
      'kv/data/unifi/exporter',
      'arrivals/data/unpoller',
      ...ownToken,
    ]);
  });

  it('writes that it has arrived, and cannot take it back', () => {
    expect(rule(consumer('unpoller'), 'arrivals/data/unpoller').capabilities).toEqual([
      'create',
      'read',
      'update',
    ]);
  });

  it.each([
    ['first', enrolAcl, 'pki/sign/enrol-unpoller'],
    ['next', renewAcl, 'pki/sign/renew-unpoller'],
  ])(
    'gets the %s certificate signed by one path alone, and names nothing in it',
    (_, acl, path) => {
      expect(acl(declared('unpoller'))).toMatchObject([
        { path, capabilities: ['create', 'update'], parameters: ['csr'] },
      ]);
    },
  );

  it('reads a secret and does nothing else to it', () => {
    expect(rule(consumer('unpoller'), 'kv/data/unifi/exporter').capabilities).toEqual(['read']);
  });

  it('mints by writing, not by reading, and chooses no more than the ttl', () => {
    const mint = rule(consumer('terraform-agent'), 'aws/sts/tf-proxmox');
    expect(mint.capabilities).toEqual(['create', 'update']);
    expect(mint.parameters).toEqual(['ttl']);
  });
});

describe('the issuer', () => {
  const rules = issuerAcl(backbone.consumers, wrapTtl);

  it.each(backbone.consumers.map(({ name }) => name))(
    'sends no parameter with a SecretID of %s, and only gets it wrapped',
    (name) => {
      const issue = rule(rules, `auth/approle/role/${name}/secret-id`);
      expect(issue.parameters).toBe('none');
      expect(issue.wrapping).toEqual({ min: 60, max: 600 });
      expect(issue.capabilities).toEqual(['create', 'update']);
    },
  );

  it('issues for no identity of the program', () => {
    expect(paths(rules).filter((path) => /terraform|issuer|responder/.test(path))).toEqual([
      'auth/approle/role/terraform-agent/secret-id',
      'auth/approle/role/terraform-agent/role-id',
      'auth/approle/role/terraform-agent/secret-id-accessor/lookup',
      'arrivals/data/terraform-agent',
      'auth/approle/role/terraform-agent/secret-id-accessor/destroy',
    ]);
  });

  it('neither reads a secret nor mints nor signs', () => {
    expect(paths(rules).filter((path) => /^(kv|aws|pki)\//.test(path))).toEqual([]);
  });

  it('sees arrivals and reports none', () => {
    expect(rule(rules, 'arrivals/data/unpoller').capabilities).toEqual(['read']);
  });
});

describe('the responder', () => {
  const rules = responderAcl(backbone.consumers);

  it('reads no secret, mints nothing, signs nothing', () => {
    expect(paths(rules).filter((path) => /^(kv|aws|pki\/(sign|issue))/.test(path))).toEqual([]);
  });

  it.each(backbone.consumers.map(({ name }) => name))(
    'finds and destroys SecretIDs of %s, and makes none',
    (name) => {
      expect(rule(rules, `auth/approle/role/${name}/secret-id`).capabilities).toEqual(['list']);
    },
  );

  it('touches no SecretID of the program', () => {
    expect(
      paths(rules).filter((path) => /role\/(terraform-(plan|apply)|.*issuer|resp)/.test(path)),
    ).toEqual([]);
  });

  it('has sudo for the one path that demands it', () => {
    const sudo = rules.filter(({ capabilities }) => capabilities.includes('sudo'));
    expect(sudo).toMatchObject([{ path: 'auth/token/accessors', capabilities: ['list', 'sudo'] }]);
  });
});

describe('an operator', () => {
  const rules = operatorAcl({ ...backbone, wrapTtl });

  it('touches no policy, role or mount', () => {
    expect(
      rules.filter(
        ({ path, capabilities }) =>
          /^(sys|identity|auth\/approle\/role\/[^/]+$)/.test(path) &&
          capabilities.some((capability) => capability !== 'read'),
      ),
    ).toEqual([]);
  });

  it('sets no password, not even of another operator', () => {
    expect(paths(rules).filter((path) => path.startsWith('auth/operator'))).toEqual([]);
  });

  it('hands out SecretIDs of the program wrapped and without parameters', () => {
    for (const identity of ['terraform-apply', 'terraform-plan', 'secret-id-issuer', 'responder']) {
      expect(rule(rules, `auth/approle/role/${identity}/secret-id`)).toMatchObject({
        parameters: 'none',
        wrapping: { min: 60, max: 600 },
      });
    }
  });

  it('writes and deletes the declared secrets and sees their metadata', () => {
    expect(paths(rules).filter((path) => path.startsWith('kv/'))).toEqual([
      'kv/data/unifi/exporter',
      'kv/destroy/unifi/exporter',
      'kv/metadata/unifi/exporter',
      'kv/data/unifi/tofu',
      'kv/destroy/unifi/tofu',
      'kv/metadata/unifi/tofu',
    ]);
    expect(rule(rules, 'kv/data/unifi/tofu').capabilities).toContain('delete');
    expect(rule(rules, 'kv/metadata/unifi/tofu').capabilities).toEqual(['read']);
  });
});

describe('terraform plan', () => {
  it('only reads, but for the lookup that the server wants as a POST and its own token', () => {
    const writes = terraformPlanAcl().filter(({ capabilities }) =>
      capabilities.some((capability) => capability !== 'read' && capability !== 'list'),
    );
    expect(paths(writes)).toEqual([
      'identity/lookup/entity',
      'auth/token/renew-self',
      'auth/token/revoke-self',
    ]);
  });

  it('reads everything that apply writes, so a plan never stops at a permission', () => {
    const readable = new Set(
      terraformPlanAcl()
        .filter(({ capabilities }) => capabilities.includes('read'))
        .map(({ path }) => path),
    );
    const unread = terraformApplyAcl().filter(
      ({ path, capabilities }) => capabilities.includes('read') && !readable.has(path),
    );
    // The tuning of a secrets engine is part of its mount entry.
    expect(paths(unread)).toEqual([
      'sys/mounts/aws/tune',
      'sys/mounts/kv/tune',
      'sys/mounts/pki/tune',
      'sys/mounts/arrivals/tune',
      'sys/mounts/transit/tune',
      'sys/mounts/ssh/tune',
      'sys/mounts/database/tune',
      'sys/mounts/pki-services/tune',
    ]);
  });
});

describe.each([
  ['terraform plan', terraformPlanAcl()],
  ['terraform apply', terraformApplyAcl()],
  ['the bootstrap identity', bootstrapAcl()],
])('%s', (_, rules) => {
  it('reads no secret value, mints no session and signs no certificate', () => {
    const closed = /^(kv\/data|aws\/(sts|creds)|pki\/(sign|issue\/)|(kv|pki)\/(?:\*|\+))/;
    expect(paths(rules).filter((path) => closed.test(path))).toEqual([]);
  });
});

describe('terraform apply', () => {
  it('cannot delete metadata, which would take every version of the value along', () => {
    const metadata = rule(terraformApplyAcl(), 'kv/metadata/*');
    expect(metadata.capabilities).not.toContain('delete');
    expect(metadata.parameters).toEqual(['custom_metadata']);
  });

  it('issues no SecretID', () => {
    expect(paths(terraformApplyAcl()).filter((path) => path.endsWith('/secret-id'))).toEqual([]);
  });

  it('needs sudo to enable auth methods, and nowhere else', () => {
    const sudo = terraformApplyAcl().filter(({ capabilities }) => capabilities.includes('sudo'));
    expect(paths(sudo)).toEqual(
      ['approle', 'cert', 'operator', 'workflows'].map((mount) => `sys/auth/${mount}`),
    );
  });
});

describe('the bootstrap identity', () => {
  it('makes no operator without source addresses', () => {
    expect(rule(bootstrapAcl(), 'auth/operator/users/+').required).toEqual(['token_bound_cidrs']);
  });

  it('alone may delete a secret with all its versions', () => {
    const path = 'kv/metadata/*';
    expect(rule(bootstrapAcl(), path).capabilities).toContain('delete');
    expect(rule(terraformApplyAcl(), path).capabilities).not.toContain('delete');
  });

  it('can remove itself', () => {
    expect(rule(bootstrapAcl(), 'sys/auth/bootstrap').capabilities).toEqual(['delete', 'sudo']);
  });

  it('issues SecretIDs of the program, but of no consumer', () => {
    expect(paths(bootstrapAcl()).filter((path) => path.endsWith('/secret-id'))).toEqual([
      'auth/approle/role/terraform-apply/secret-id',
      'auth/approle/role/terraform-plan/secret-id',
      'auth/approle/role/secret-id-issuer/secret-id',
      'auth/approle/role/responder/secret-id',
      'auth/approle/role/verifier/secret-id',
      'auth/approle/role/auditor/secret-id',
    ]);
  });
});
