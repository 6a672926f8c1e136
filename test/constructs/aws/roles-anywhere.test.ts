import { describe, expect, it } from 'vitest';
import { RolesAnywhere } from '../../../src/constructs/aws/roles-anywhere.ts';
import { document, Template } from '../template.ts';

const targets = ['arn:aws:iam::123456789012:role/tf-proxmox'];
const synth = (wanted: readonly string[] = targets) =>
  Template.of(
    (stack) =>
      new RolesAnywhere(stack, 'roles-anywhere', {
        caCertificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
        commonName: 'openbao.lab.example',
        roleName: 'openbao-broker',
        targets: wanted,
      }),
  );

describe('IAM Roles Anywhere', () => {
  it('is one anchor, one profile and one role that the profile gives, for an hour', () => {
    const template = synth();
    expect(template.addresses).toEqual([
      'aws_iam_role.openbao-broker',
      'aws_iam_role_policy.openbao-broker',
      'aws_rolesanywhere_profile.openbao-broker',
      'aws_rolesanywhere_trust_anchor.openbao-broker',
    ]);
    expect(template.resource('aws_rolesanywhere_profile', 'openbao-broker')).toMatchObject({
      enabled: true,
      duration_seconds: 3600,
      role_arns: ['${aws_iam_role.openbao-broker.arn}'],
    });
  });

  it('trusts the CA of the declaration, by its certificate', () => {
    expect(synth().resource('aws_rolesanywhere_trust_anchor', 'openbao-broker')).toMatchObject({
      enabled: true,
      source: {
        source_type: 'CERTIFICATE_BUNDLE',
        source_data: {
          x509_certificate_data: expect.stringContaining('BEGIN CERTIFICATE') as string,
        },
      },
    });
  });

  it('binds the role to this very anchor and to the certificate name', () => {
    const role = synth().resource('aws_iam_role', 'openbao-broker');
    expect(document(role['assume_role_policy'])).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'rolesanywhere.amazonaws.com' },
          Condition: {
            ArnEquals: {
              'aws:SourceArn': '${aws_rolesanywhere_trust_anchor.openbao-broker.arn}',
            },
            StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'openbao.lab.example' },
          },
        },
      ],
    });
  });

  it('without a profile makes a broker that may do nothing', () => {
    expect(synth([]).all('aws_iam_role_policy')).toEqual({});
  });
});
