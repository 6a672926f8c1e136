import { policy, type PolicyDocument } from './document.ts';

/**
 * Refuses plain HTTP and old TLS. It names no principal but everyone, and only denies: a resource policy
 * that allowed a session's ARN would go round the session policy.
 */
export function tlsOnly(bucketArn: string): PolicyDocument {
  const everything = [bucketArn, `${bucketArn}/*`];
  return policy(
    {
      Sid: 'DenyPlainHttp',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: everything,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Sid: 'DenyOldTls',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: everything,
      Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    },
  );
}
