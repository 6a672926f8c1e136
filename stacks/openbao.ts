import type { Construct } from 'constructs';
import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import type { Cidr, Seconds } from '../src/config/brands.ts';
import { named } from '../src/constructs/logical-id.ts';
import { AclPolicy } from '../src/constructs/openbao/acl-policy.ts';
import { AppRole } from '../src/constructs/openbao/approle.ts';
import { AwsEngine } from '../src/constructs/openbao/aws-engine.ts';
import { CertificateAuthority } from '../src/constructs/openbao/certificate-authority.ts';
import { CertificateLogin } from '../src/constructs/openbao/certificate-login.ts';
import { ConsumerAccess } from '../src/constructs/openbao/consumer-access.ts';
import { KvEngine } from '../src/constructs/openbao/kv-engine.ts';
import { machineTune } from '../src/constructs/openbao/machine-login.ts';
import { OperatorAuth } from '../src/constructs/openbao/operator-auth.ts';
import { TokenRole } from '../src/constructs/openbao/token-role.ts';
import { WorkflowLogin } from '../src/constructs/openbao/workflow-login.ts';
import { RateLimits } from '../src/constructs/openbao/rate-limits.ts';
import type { Backbone } from '../src/model/backbone.ts';
import { mounts, type ProgramIdentity } from '../src/model/names.ts';
import type { Workflows } from '../src/model/workflows.ts';
import type { AclRule } from '../policies/openbao/acl.ts';
import { auditorAcl } from '../policies/openbao/auditor.ts';
import { issuerAcl } from '../policies/openbao/issuer.ts';
import { operatorAcl } from '../policies/openbao/operator.ts';
import { responderAcl } from '../policies/openbao/responder.ts';
import { terraformApplyAcl, terraformPlanAcl } from '../policies/openbao/terraform.ts';
import { openbaoProvider } from './openbao-provider.ts';
import { verifierAcl } from '../policies/openbao/verifier.ts';
import { BackboneStack } from './stack.ts';

/** A Terraform run of this size takes minutes; its token should not outlive it by much. */
const runTtl = 1800 as Seconds;

/** `backbone verify` and `backbone drift` take less. */
const lookTtl = 900 as Seconds;

/** One of the program's own identities, for another way to log in as it. */
interface Official {
  readonly entityId: string;
  readonly policy: AclPolicy;
}

/** Everything inside OpenBao: engines, roles, policies, identities, limits. No value of any secret. */
export class OpenBaoStack extends BackboneStack {
  constructor(scope: Construct, backbone: Backbone) {
    super(scope, 'openbao', backbone);
    const { openbao, aws } = backbone.declaration;

    openbaoProvider(this, backbone);

    const awsEngine = new AwsEngine(this, 'aws', {
      path: mounts.aws,
      region: aws.region,
      stsEndpoint: aws.endpoints?.sts,
      iamEndpoint: aws.endpoints?.iam,
    });
    for (const profile of backbone.profiles) {
      awsEngine.addSessionRole({
        roleName: profile.role,
        roleArn: profile.roleArn,
        sessionPolicy: profile.policy,
        ttl: profile.ttl,
        maxTtl: profile.maxTtl,
      });
    }

    const { protection } = openbao;
    const kv = new KvEngine(this, 'kv', {
      path: mounts.kv,
      description: 'Static secrets, read through short-lived tokens',
      maxVersions: 5,
      protection,
    });
    for (const secret of backbone.secrets) {
      kv.addSecret({
        secretPath: secret.path,
        metadataPath: secret.metadataPath,
        metadata: secret.metadata,
      });
    }

    const approle = named(
      new AuthBackend(this, 'approle', {
        type: 'approle',
        path: mounts.approle,
        description: 'Machines: consumers and the identities of this program',
        tune: [machineTune],
      }),
      mounts.approle,
    );
    // Taken once: each access makes a token of its own, with a stack trace.
    const backend = { path: approle.path, accessor: approle.accessor };

    // What a consumer has written of its arrivals, and nobody else: lost, every next one would be a clone.
    new KvEngine(this, 'arrivals', {
      path: mounts.arrivals,
      description: 'Who has arrived, by which SecretID or certificate',
      maxVersions: 10,
      protection,
    });
    const authority = new CertificateAuthority(this, 'pki', {
      path: mounts.pki,
      commonName: 'credential-backbone consumers',
      description: 'Signs the client certificates of consumers',
      protection,
    });
    const certificates = new CertificateLogin(this, 'cert', {
      path: mounts.certificate,
      authority: authority.certificate,
    });
    for (const consumer of backbone.consumers) {
      new ConsumerAccess(this, consumer.policy, { consumer, backend, authority, certificates });
    }

    const entities = new Map<ProgramIdentity, Official>();
    const programIdentity = (
      name: ProgramIdentity,
      { from }: { readonly from: readonly Cidr[] },
      rules: readonly AclRule[],
      ttl = runTtl,
    ) => {
      const policy = new AclPolicy(this, `policy-${name}`, { policyName: name, rules });
      const { entityId } = new AppRole(this, `approle-${name}`, {
        backend,
        roleName: name,
        policies: [policy.policyName],
        from,
        secretIdTtl: openbao.wrapTtl.max,
        tokenTtl: ttl,
        tokenMaxTtl: ttl,
      });
      entities.set(name, { entityId, policy });
      return policy;
    };
    const apply = programIdentity('terraform-apply', openbao.identities.apply, terraformApplyAcl());
    programIdentity('terraform-plan', openbao.identities.plan, terraformPlanAcl());
    programIdentity(
      'secret-id-issuer',
      openbao.identities.issuer,
      issuerAcl(backbone.consumers, openbao.wrapTtl),
    );
    programIdentity('responder', openbao.identities.responder, responderAcl(backbone.consumers));
    const { verifier, auditor } = openbao.identities;
    if (verifier !== undefined) {
      programIdentity('verifier', verifier, verifierAcl(), lookTtl);
      const role = new TokenRole(this, 'token-role-verifier', {
        roleName: 'verifier',
        policies: backbone.consumers.map(({ policy }) => policy),
        from: verifier.from,
        maxTtl: lookTtl,
      });
      // Where this was deployed before there was such a role, whoever applies may make it only from then on.
      role.node.addDependency(apply);
    }
    if (auditor !== undefined) programIdentity('auditor', auditor, auditorAcl(), lookTtl);

    const runs =
      backbone.workflows === undefined
        ? undefined
        : this.workflowLogin(backbone.workflows, entities);
    // As above: whoever applies may make it only from then on.
    runs?.node.addDependency(apply);

    const operator = new AclPolicy(this, 'policy-operator', {
      policyName: 'operator',
      rules: operatorAcl({ ...backbone, wrapTtl: openbao.wrapTtl }),
    });
    new OperatorAuth(this, 'operator', {
      path: mounts.operator,
      auth: openbao.operatorAuth,
      policy: operator.policyName,
      from: backbone.consumers
        .filter(({ kind }) => kind === 'operator')
        .flatMap(({ from }) => from),
    });

    new RateLimits(this, 'limits', {
      requests: openbao.requestRatePerSecond,
      logins: openbao.loginRatePerSecond,
      methods: {
        ...{ approle: backend.path, cert: certificates.path },
        ...(runs === undefined ? {} : { workflows: runs.path }),
      },
    });
  }

  private workflowLogin(
    { issuer, audience, roles }: Workflows,
    identities: ReadonlyMap<ProgramIdentity, Official>,
  ): WorkflowLogin {
    const login = new WorkflowLogin(this, 'workflows', {
      path: mounts.workflows,
      issuer,
      audience,
    });
    for (const { identity, subject, claims, from, ttl } of roles) {
      const official = identities.get(identity);
      if (official === undefined) continue;
      login.addRole({
        ...{ roleName: identity, subject, claims, from, tokenTtl: ttl, tokenMaxTtl: ttl },
        ...{ policies: [official.policy.policyName], entityId: official.entityId },
      });
    }
    return login;
  }
}
