import { describe, expect, it } from 'vitest';
import { brokerKeyTrust, brokerPermissions } from '../../../policies/aws/trust.ts';
import { Role, type RoleProps } from '../../../src/constructs/aws/role.ts';
import { document, Template } from '../template.ts';

const arn = 'arn:aws:iam::123456789012:role/openbao-host';
const props: RoleProps = {
  roleName: 'tf-proxmox',
  description: 'Terraform state of proxmox: apply',
  trust: brokerKeyTrust(arn),
  permissions: brokerPermissions([arn]),
};

const synth = (overrides: Partial<RoleProps> = {}) =>
  Template.of((stack) => new Role(stack, 'role', { ...props, ...overrides }));

describe('an AWS role', () => {
  it('has one inline policy, ends its sessions after an hour, and has nothing attached', () => {
    const template = synth();
    expect(template.addresses).toEqual([
      'aws_iam_role.tf-proxmox',
      'aws_iam_role_policy.tf-proxmox',
    ]);
    expect(template.resource('aws_iam_role', 'tf-proxmox')).toMatchObject({
      name: 'tf-proxmox',
      max_session_duration: 3600,
    });
  });

  it('carries trust and permissions as they are given', () => {
    const template = synth();
    const role = template.resource('aws_iam_role', 'tf-proxmox');
    const policy = template.resource('aws_iam_role_policy', 'tf-proxmox');
    expect(document(role['assume_role_policy'])).toEqual(props.trust);
    expect(document(policy['policy'])).toEqual(props.permissions);
    expect(policy).toMatchObject({ role: '${aws_iam_role.tf-proxmox.id}' });
  });

  it('without permissions has no policy at all', () => {
    expect(synth({ permissions: undefined }).addresses).toEqual(['aws_iam_role.tf-proxmox']);
  });
});
