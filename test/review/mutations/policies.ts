import { rewritten, type Mutation } from './patch.ts';

const acl = (name: string, from: string, to: string) =>
  rewritten('openbao', `vault_policy.${name}`, 'policy', from, to);
const iam = (name: string, from: string, to: string) =>
  rewritten('aws-trust', `aws_iam_role_policy.${name}`, 'policy', from, to);
const session = (name: string, from: string, to: string) =>
  rewritten('openbao', `vault_aws_secret_backend_role.${name}`, 'policy_document', from, to);
const trust = (name: string, from: string, to: string) =>
  rewritten('aws-trust', `aws_iam_role.${name}`, 'assume_role_policy', from, to);
const bucket = 'aws_s3_bucket_policy.tfstate-unifi-111122223333';
const secret = 'path "kv/data/unifi/exporter"';

/** Changes of ACLs, session policies, role policies, trusts and bucket policies. */
export const policyMutations: readonly Mutation[] = [
  [
    'a comment',
    acl('consumer-unpoller', '# read the current secret', '# read that secret'),
    'SAME',
  ],
  [
    'a star',
    acl('consumer-unpoller', secret, 'path "kv/data/unifi/*"'),
    'WIDENS',
    'read kv/data/unifi/*',
  ],
  [
    'a plus',
    acl('consumer-unpoller', secret, 'path "kv/data/+/exporter"'),
    'WIDENS',
    'read kv/data/+/exporter',
  ],
  [
    'a sibling',
    acl('consumer-unpoller', secret, 'path "kv/data/unifi/rotation"'),
    'WIDENS NARROWS',
    'kv/data/unifi/rotation',
  ],
  ['everything', acl('consumer-unpoller', secret, 'path "*"'), 'WIDENS', '*'],
  [
    'sudo',
    acl('operator', '"read","update","delete"]', '"read","update","delete","sudo"]'),
    'WIDENS',
    'sudo kv/data',
  ],
  [
    'a parameter more',
    acl('consumer-network-agent', '{ "ttl" = [] }', '{ "ttl" = [], "role_arn" = [] }'),
    'WIDENS',
    'role_arn',
  ],
  [
    'versions of a secret may be asked for',
    acl('consumer-unpoller', '  denied_parameters = { "*" = [] }\n', ''),
    'WIDENS',
    'read kv/data/unifi/exporter',
  ],
  [
    'an answer that is not wrapped',
    acl('secret-id-issuer', '  max_wrapping_ttl = "300s"\n', ''),
    'WIDENS',
    'secret-id',
  ],
  [
    'a deny',
    acl(
      'consumer-unpoller',
      secret,
      'path "kv/data/unifi/exporter" { capabilities = ["deny"] }\n' + secret,
    ),
    'NARROWS',
    'read kv/data/unifi/exporter',
  ],
  [
    'a deny of what is not allowed',
    acl('consumer-unpoller', secret, 'path "sys/*" { capabilities = ["deny"] }\n' + secret),
    'SAME',
  ],
  [
    'a rule that says the same once more',
    acl(
      'consumer-unpoller',
      secret,
      'path "kv/data/unifi/exporter" { capabilities = ["read"] denied_parameters = { "*" = [] } }\n' +
        secret,
    ),
    'SAME',
  ],
  [
    'a template of the identity',
    acl('consumer-unpoller', secret, 'path "kv/data/{{identity.entity.name}}"'),
    'UNKNOWN',
    'cannot be read',
  ],
  [
    'a policy that is cut',
    acl('consumer-unpoller', secret, 'path "kv'),
    'UNKNOWN',
    'cannot be read',
  ],
  [
    'a word that no policy has',
    acl('consumer-unpoller', '"read"', '"fly"'),
    'UNKNOWN',
    'cannot be read',
  ],
  [
    'the plan reads values',
    acl('terraform-plan', 'path "kv/metadata/*"', 'path "kv/data/*"'),
    'WIDENS NARROWS',
    'read kv/data/*',
  ],
  [
    'the issuer lists SecretIDs',
    acl('secret-id-issuer', '"read"', '"read","list"'),
    'WIDENS',
    'list auth/approle',
  ],
  [
    'a session that may delete state',
    session('tf-unifi', '"Action":["s3:GetObject","s3:PutObject"]', '"Action":"s3:*"'),
    'SAME',
  ],
  [
    'a session and a role that may',
    {
      compose: (stack) => {
        session(
          'tf-unifi',
          '"Action":["s3:GetObject","s3:PutObject"]',
          '"Action":"s3:*"',
        ).compose?.(stack);
        iam('tf-unifi', '"Action":["s3:GetObject","s3:PutObject"]', '"Action":"s3:*"').compose?.(
          stack,
        );
      },
    },
    'WIDENS',
    's3:*',
  ],
  [
    'a role that may more than its session',
    iam('tf-unifi', '"Action":["s3:GetObject","s3:PutObject"]', '"Action":"s3:*"'),
    'WIDENS',
    'AWS role tf-unifi',
  ],
  [
    'a role that may less than its session',
    iam('tf-unifi', '"Action":["s3:GetObject","s3:PutObject"]', '"Action":"s3:GetObject"'),
    'NARROWS',
    's3:putobject',
  ],
  [
    'a list of the bucket without a condition',
    {
      compose: (stack) => {
        for (const of of [iam, session])
          of(
            'tf-unifi',
            ',"Condition":{"StringEquals":{"s3:prefix":["unifi/terraform.tfstate","unifi/terraform.tfstate.tflock"]}}',
            '',
          ).compose?.(stack);
      },
    },
    'WIDENS',
    's3:listbucket',
  ],
  [
    'every key that begins alike',
    {
      compose: (stack) => {
        for (const of of [iam, session])
          of('tf-unifi', 'unifi/terraform.tfstate"},', 'unifi/terraform.tfstate*"},').compose?.(
            stack,
          );
      },
    },
    'WIDENS',
    'tfstate*',
  ],
  [
    'all but one action',
    {
      compose: (stack) => {
        for (const of of [iam, session])
          of(
            'tf-unifi',
            '"Action":["s3:GetObject","s3:PutObject"]',
            '"NotAction":"s3:DeleteObject"',
          ).compose?.(stack);
      },
    },
    'UNKNOWN WIDENS',
    'exclusion',
  ],
  [
    'a broker that may assume any role',
    iam('openbao-broker', 'arn:aws:iam::111122223333:role/tf-dns', '*'),
    'WIDENS',
    '*',
  ],
  [
    'a trust of the whole account',
    trust('tf-unifi', 'role/openbao-broker', 'root'),
    'WIDENS NARROWS',
    'root',
  ],
  [
    'a trust of everybody',
    trust('tf-unifi', 'arn:aws:iam::111122223333:role/openbao-broker', '*'),
    'WIDENS',
    '*',
  ],
  [
    'a trust without its condition',
    trust(
      'openbao-broker',
      ',"StringEquals":{"aws:PrincipalTag/x509Subject/CN":"openbao.example.net"}',
      '',
    ),
    'WIDENS',
    'assumerole',
  ],
  ['a trust that is no JSON', trust('tf-unifi', '{', ''), 'UNKNOWN', 'no JSON'],
  [
    'a condition operator that IAM does not have',
    trust('openbao-broker', 'StringEquals', 'StringNearly'),
    'UNKNOWN',
    'StringNearly',
  ],
  [
    'plain HTTP to the bucket',
    rewritten(
      'aws-trust',
      bucket,
      'policy',
      '"aws:SecureTransport":"false"',
      '"aws:SecureTransport":"true"',
    ),
    'WIDENS NARROWS',
    'aws:securetransport',
  ],
  [
    'an allowance in the bucket policy',
    rewritten(
      'aws-trust',
      bucket,
      'policy',
      '"Statement":[',
      '"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::tfstate-unifi-111122223333/*"},',
    ),
    'WIDENS',
    's3:getobject',
  ],
];
