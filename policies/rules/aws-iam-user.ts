import { foundIn } from './reading/arguments.ts';
import { textAt } from '../../src/review/reach/view.ts';
import { found, type Rule } from './reading/rule.ts';

const types =
  /^aws_iam_(user|access_key|service_specific_credential|group|virtual_mfa|signing_certificate)/;

export const rule: Rule = {
  id: 'aws-iam-user',
  severity: 'error',
  title: 'No IAM user, no access key',
  explanation:
    'A key of an IAM user lives until somebody deletes it, works from everywhere, and stands in ' +
    'state when Terraform makes it. OpenBao mints sessions of minutes instead.',
  fix: 'Give the workload a profile; the AWS engine role is of the type assumed_role.',
  check: (view) => [
    ...view.all
      .filter(({ resource }) => resource.mode === 'managed' && types.test(resource.type))
      .map((located) => found(located, 'it is an IAM user, or belongs to one')),
    ...view
      .of('vault_aws_secret_backend_role')
      .filter((located) => textAt(located, 'credential_type') !== 'assumed_role')
      .map((located) =>
        foundIn(located, 'credential_type', 'it makes something else than sessions of a role'),
      ),
  ],
};
