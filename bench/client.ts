import { join } from 'node:path';
import { execa } from 'execa';
import { openbao, pythonEnvironment, pythonScript } from '../lab/parts/python.ts';
import { mintingDeployment, role, type Printed } from '../test/client/creds/minting.ts';
import { bundleEnv } from '../test/client/deployed/bundle.ts';
import { measure, type Figure } from './measure.ts';

/**
 * The shipped client against bare Node, the official `bao` and the AWS CLI, on a real OpenBao with the real AWS
 * engine. All rows are taken in turn, round by round: what the machine does else meets all of them.
 */
export async function measureClient(rounds: number): Promise<readonly Figure[]> {
  const lab = await mintingDeployment();
  try {
    const home = await lab.home();
    const contract = await lab.contractFile();
    const env = {
      ...bundleEnv({ home, contract }),
      BAO_TOKEN: lab.server.rootToken,
      BAO_ADDR: lab.server.address,
      BAO_CACERT: lab.server.caFile,
      AWS_ENDPOINT_URL: lab.aws.url,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_DEFAULT_REGION: 'us-east-2',
    };
    const client = join(lab.directory, 'backbone-client.cjs');
    const { path: bao } = await openbao(() => undefined);
    const [python, script] = pythonScript(await pythonEnvironment(() => undefined), 'aws');
    const run = (command: string, args: readonly string[], more: Record<string, string> = {}) =>
      execa(command, [...args], { env: { ...env, ...more }, extendEnv: false, stdin: 'ignore' });
    const node = (...args: readonly string[]) => run(process.execPath, args);
    const identity = (more: Record<string, string>) =>
      run(python, [script, 'sts', 'get-caller-identity'], more);

    await node(client, 'aws-config', 'proxmox');
    const { stdout } = await node(client, 'creds', 'aws', 'proxmox');
    const session = JSON.parse(stdout) as Printed;
    const keys = {
      AWS_ACCESS_KEY_ID: session.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: session.SecretAccessKey,
      AWS_SESSION_TOKEN: session.SessionToken,
    };
    const bare = 'node -e 0';
    const read = `bao read aws/sts/${role}`;
    const withKeys = 'aws sts get-caller-identity, keys in the environment';
    const cached = () => node(client, 'creds', 'aws', 'proxmox');
    return await measure(rounds, [
      { what: bare, run: () => node('-e', '0') },
      { what: 'creds aws, cached', run: cached, against: bare, goal: 1.3 },
      { what: read, run: () => run(bao, ['read', '-format=json', `aws/sts/${role}`]) },
      { what: 'creds aws, cached (again)', run: cached, against: read, goal: 1 },
      {
        what: 'creds aws --no-cache: a fresh mint',
        run: () => node(client, 'creds', 'aws', 'proxmox', '--no-cache'),
        against: read,
        goal: 1,
      },
      { what: withKeys, run: () => identity(keys) },
      {
        what: 'aws sts get-caller-identity, by creds',
        run: () => identity({ AWS_PROFILE: role }),
        against: withKeys,
      },
    ]);
  } finally {
    await lab.stop();
  }
}
