import { join } from 'node:path';
import { timestamp, type IssueSession } from './issue-session.ts';
import type { Moto } from './moto-client.ts';
import type { Roles } from './roles.ts';
import { writePrivate } from './state-file.ts';

const roleName = 'lab-admin';
/** The longest session that a role can have. */
const twelveHours = 43_200;

/**
 * The lab's way in: a session of the role `lab-admin`, never a user and never a standing key. Nobody
 * can assume that role over the API; only the double itself issues its sessions.
 *
 * Writes `<stateDir>/admin-credentials.json` (0600) with AccessKeyId, SecretAccessKey, SessionToken
 * and Expiration: what a `credential_process` prints.
 */
export async function issueAdminCredentials(o: {
  readonly stateDir: string;
  readonly accountId: string;
  readonly moto: Moto;
  readonly roles: Roles;
  readonly issue: IssueSession;
}): Promise<void> {
  const arn = `arn:aws:iam::${o.accountId}:role/${roleName}`;
  // A moto that was started anew has none of the roles that were read before.
  o.roles.changed();
  if ((await o.roles.find(arn)) === undefined) {
    await o.moto.query('iam', {
      Action: 'CreateRole',
      RoleName: roleName,
      MaxSessionDuration: String(twelveHours),
      AssumeRolePolicyDocument: statement({ Effect: 'Deny', Principal: '*', Action: 'sts:*' }),
    });
    await o.moto.query('iam', {
      Action: 'PutRolePolicy',
      RoleName: roleName,
      PolicyName: 'everything',
      PolicyDocument: statement({ Effect: 'Allow', Action: '*', Resource: '*' }),
    });
    o.roles.changed();
  }
  const role = await o.roles.find(arn);
  if (role === undefined)
    throw new Error(`moto has no role ${arn}; does it run with this account?`);
  const session = await o.issue({ role, sessionName: 'lab', durationSeconds: twelveHours });
  await writePrivate(
    join(o.stateDir, 'admin-credentials.json'),
    JSON.stringify({
      Version: 1,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: timestamp(session.expiresAt),
    }),
  );
}

function statement(entry: Record<string, unknown>): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [entry] });
}
