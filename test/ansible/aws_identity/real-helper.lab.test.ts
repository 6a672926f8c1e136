import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { profileArn, trustAnchorArn } from '../../../lab/aws/rolesanywhere/arn.ts';
import { goTool, goTools } from '../../../lab/parts/go.ts';
import { pythonEnvironment, pythonScript } from '../../../lab/parts/python.ts';
import { createCa, issue } from '../../../lab/pki.ts';
import { rolesAnywhereTrust } from '../../../policies/aws/trust.ts';
import { accountId, region, runAws, type RunningAws } from '../../lab/aws/running-aws.ts';
import {
  adapterFiles,
  startAdapter,
  type AdapterFiles,
  type RunningAdapter,
} from './running-adapter.ts';

let aws: RunningAws;
let files: AdapterFiles;
let adapter: RunningAdapter;

beforeAll(async () => {
  aws = await runAws();
  files = await adapterFiles();
  const helper = await goTool(goTools.awsSigningHelper, () => undefined);
  const ca = await createCa('Roles Anywhere CA');
  const leaf = await issue(ca, { commonName: 'openbao' });
  const at = (name: string) => join(files.directory, name);
  await writeFile(at('certificate.pem'), leaf.certificate);
  await writeFile(at('key.pem'), leaf.privateKey, { mode: 0o600 });

  const account = { id: accountId, region };
  const anchor = trustAnchorArn(account, 'broker');
  const role = `arn:aws:iam::${accountId}:role/broker`;
  const trust = JSON.stringify(rolesAnywhereTrust(anchor, 'openbao'));
  await aws.json(
    aws.admin,
    ...['iam', 'create-role', '--role-name', 'broker', '--assume-role-policy-document', trust],
  );
  await files.configure({
    command: [
      ...[helper.path, 'credential-process', '--endpoint', aws.url, '--role-arn', role],
      ...['--certificate', at('certificate.pem'), '--private-key', at('key.pem')],
      ...['--profile-arn', profileArn(account, 'broker'), '--trust-anchor-arn', anchor],
    ],
    retry_seconds: 0,
  });
  adapter = await startAdapter(files, { HOME: files.directory, AWS_MAX_ATTEMPTS: '1' });

  // Before the trust anchor exists, as in the moment between two deployments.
  const early = await adapter.get('/credentials');
  expect(early.status).toBe(503);
  expect(await early.text()).toContain('ResourceNotFoundException');

  const sourceData = { x509CertificateData: ca.certificate };
  const source = JSON.stringify({ sourceType: 'CERTIFICATE_BUNDLE', sourceData });
  await aws.json(
    aws.admin,
    ...[
      'rolesanywhere',
      'create-trust-anchor',
      '--name',
      'broker',
      '--enabled',
      '--source',
      source,
    ],
  );
  await aws.json(
    aws.admin,
    ...['rolesanywhere', 'create-profile', '--name', 'broker', '--enabled', '--role-arns', role],
  );
});
afterAll(async () => {
  await adapter.kill('SIGTERM');
  await files.remove();
  await aws.stop();
});

async function whoami(url: string): Promise<string> {
  const [command, script] = pythonScript(await pythonEnvironment(() => undefined), 'aws');
  const { stdout, stderr } = await execa(command, [script, 'sts', 'get-caller-identity'], {
    env: {
      HOME: files.directory,
      AWS_ENDPOINT_URL: aws.url,
      AWS_DEFAULT_REGION: region,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(files.directory, 'token'),
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    extendEnv: false,
    reject: false,
  });
  return `${stdout}${stderr}`;
}

it('gives an AWS SDK the broker role by the real aws_signing_helper', async () => {
  expect(await whoami(`${adapter.url}/credentials`)).toContain(':assumed-role/broker/');
});

it('gives it nothing at another path', async () => {
  expect(await whoami(`${adapter.url}/`)).not.toContain('assumed-role');
});
