import type { Declaration, ProfileDeclaration } from '../config/declaration.ts';
import type { Name, Seconds } from '../config/brands.ts';
import { stateSessionPolicy } from '../../policies/aws/terraform-state.ts';
import type { PolicyDocument } from '../../policies/aws/document.ts';
import { roleArn, roleName, stsPath } from './names.ts';

/** A Terraform state and everything that stands for it on both sides. */
export interface Profile {
  readonly name: Name;
  readonly declared: ProfileDeclaration;
  /** `tf-<name>`: the AWS role and the AWS engine role. */
  readonly role: string;
  readonly roleArn: string;
  readonly stsPath: string;
  readonly bucketArn: string;
  /** Undefined where the lock mode needs no table. */
  readonly tableArn: string | undefined;
  /** What the role allows, and once more what each session is narrowed to. */
  readonly policy: PolicyDocument;
  readonly ttl: Seconds;
  readonly maxTtl: Seconds;
}

export function resolveProfiles(
  declaration: Pick<Declaration, 'aws' | 'profiles'>,
): readonly Profile[] {
  const { account, region } = declaration.aws;
  return Object.entries(declaration.profiles).map(([key, declared]) => {
    const name = key as Name;
    const bucketArn = `arn:aws:s3:::${declared.bucket}`;
    const tableArn =
      declared.lock.mode === 's3'
        ? undefined
        : `arn:aws:dynamodb:${region}:${account}:table/${declared.lock.table}`;
    return {
      name,
      declared,
      role: roleName(name),
      roleArn: roleArn(account, roleName(name)),
      stsPath: stsPath(name),
      bucketArn,
      tableArn,
      policy: stateSessionPolicy({ declared, bucketArn, tableArn }),
      ttl: declared.ttl,
      maxTtl: declared.maxTtl,
    };
  });
}
