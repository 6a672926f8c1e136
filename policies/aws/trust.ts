import { policy, type PolicyDocument } from './document.ts';

/**
 * Trust of the broker role: IAM Roles Anywhere, for one trust anchor and one certificate name.
 * Source: "Configure role trust" of the IAM Roles Anywhere user guide.
 *
 * @param trustAnchorArn  ARN of the trust anchor (may be an unresolved token)
 * @param commonName      subject CN of the certificate
 */
export function rolesAnywhereTrust(trustAnchorArn: string, commonName: string): PolicyDocument {
  return policy({
    Effect: 'Allow',
    Principal: { Service: 'rolesanywhere.amazonaws.com' },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: {
      ArnEquals: { 'aws:SourceArn': trustAnchorArn },
      StringEquals: { 'aws:PrincipalTag/x509Subject/CN': commonName },
    },
  });
}

/** Trust of the broker role for the rung-2 alternative: one existing role, never a user. */
export function brokerKeyTrust(principalArn: string): PolicyDocument {
  return policy({
    Effect: 'Allow',
    Principal: { AWS: principalArn },
    Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
  });
}

/**
 * Trust of a profile role: the broker role alone. SetSourceIdentity is needed because the certificate's
 * name is the session's source identity and persists through role chaining.
 */
export function profileTrust(brokerRoleArn: string): PolicyDocument {
  return policy({
    Effect: 'Allow',
    Principal: { AWS: brokerRoleArn },
    Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
  });
}

/**
 * What the broker may do: assume the declared profile roles. Undefined where there are none, as IAM takes
 * no statement without a resource.
 */
export function brokerPermissions(profileRoleArns: readonly string[]): PolicyDocument | undefined {
  if (profileRoleArns.length === 0) return undefined;
  return policy({
    Effect: 'Allow',
    Action: ['sts:AssumeRole', 'sts:SetSourceIdentity'],
    Resource: profileRoleArns,
  });
}
