import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonEnvironment, pythonScript } from '../../../lab/parts/python.ts';
import { terraform } from '../../../lab/parts/terraform.ts';
import { stateProject } from '../../lab/state-project.ts';
import type { ClientOptions } from '../deployed.ts';
import { bundleEnv } from '../deployed/bundle.ts';
import { bucket, key, mintingDeployment, region, role, table, type Minting } from './minting.ts';

/** The real AWS CLI and Terraform, which know of this project a line in ~/.aws/config. */
let lab: Minting;
let agent: ClientOptions & { readonly home: string; readonly contract: string };
let env: Record<string, string>;
let cli: readonly [string, string];

beforeAll(async () => {
  lab = await mintingDeployment();
  const home = await lab.home();
  const contract = await lab.contractFile('terraform-agent');
  agent = { ...(await lab.asAgent()), home, contract };
  cli = pythonScript(await pythonEnvironment(() => undefined), 'aws');
  env = {
    ...bundleEnv(agent),
    AWS_ENDPOINT_URL: lab.aws.url,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PROFILE: role,
    CHECKPOINT_DISABLE: '1',
    TF_CLI_CONFIG_FILE: '/dev/null',
  };
});
afterAll(() => lab.stop());

const aws = (...args: readonly string[]) =>
  execa(cli[0], [cli[1], ...args], { env, extendEnv: false, reject: false, stdin: 'ignore' });
const config = () => readFile(join(agent.home, '.aws', 'config'), 'utf8');

describe('aws-config', () => {
  it('writes the profile once, and shows what it would write', async () => {
    const shown = await lab.bundle(['aws-config', '--print'], agent);
    const written = await lab.bundle(['aws-config'], agent);
    expect(written, written.stderr).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await config()).toBe(shown.stdout);
    expect(shown.stdout).toContain(`[profile ${role}]\n`);
    const again = await lab.bundle(['aws-config', 'proxmox'], agent);
    expect(again.stderr).toContain('nothing to change');
  });
});

describe('the AWS CLI with the profile alone', () => {
  it('is the role, and reads and writes the state', async () => {
    const who = await aws('sts', 'get-caller-identity', '--output', 'json');
    expect(who, who.stderr).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(who.stdout)).toMatchObject({
      Arn: expect.stringContaining(`assumed-role/${role}/`) as string,
    });
    const file = join(agent.home, 'state');
    await writeFile(file, '{"version":4}');
    const object = ['--bucket', bucket, '--key', key];
    const put = await aws('s3api', 'put-object', ...object, '--body', file);
    expect(put, put.stderr).toMatchObject({ exitCode: 0 });
    const got = await aws('s3api', 'get-object', ...object, `${file}.read`);
    expect(got, got.stderr).toMatchObject({ exitCode: 0 });
    expect(await readFile(`${file}.read`, 'utf8')).toBe('{"version":4}');
    const near = await aws(
      's3api',
      'get-object',
      '--bucket',
      bucket,
      '--key',
      `${key}.backup`,
      file,
    );
    expect(near.stderr).toContain('AccessDenied');
    const remove = await aws('s3api', 'delete-object', ...object);
    expect(remove.stderr).toContain('AccessDenied');
    await lab.aws.json(lab.aws.admin, 's3api', 'delete-object', ...object);
    expect(await lab.mints()).toBe(1);
  });

  it('is told why where no session is to be had', async () => {
    const strange = { ...env, BAO_TOKEN: 'hvs.nobody' };
    const refused = await execa(cli[0], [cli[1], 'sts', 'get-caller-identity'], {
      ...{ env: strange, extendEnv: false, reject: false, stdin: 'ignore' },
    });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('permission denied');
  });
});

describe("Terraform's S3 backend with the profile alone", () => {
  it('initialises, locks and applies, without a key in the environment', async () => {
    const { path: program } = await terraform(() => undefined);
    const project = await stateProject({
      directory: join(agent.home, 'project'),
      ...{ program, bucket, key, region, mode: 'dynamodb', table, slow: false },
    });
    expect(Object.keys(env).filter((name) => /^AWS_.*(KEY|TOKEN)/.test(name))).toEqual([]);
    const initialised = await project.run(env, 'init');
    expect(initialised, initialised.all).toMatchObject({ exitCode: 0 });
    const applied = await project.run(env, 'apply', '-auto-approve');
    expect(applied.all).toContain('Apply complete! Resources: 1 added');
    expect(await lab.mints()).toBe(1);
  });
});

describe('aws-config --remove', () => {
  it('takes out what is its own', async () => {
    const mine = '# mine\n[default]\nregion = eu-central-1\n';
    await writeFile(join(agent.home, '.aws', 'config'), `${mine}\n${await config()}`);
    const removed = await lab.bundle(['aws-config', '--remove'], agent);
    expect(removed, removed.stderr).toMatchObject({ exitCode: 0 });
    expect(await config()).toBe(mine);
    const twice = await lab.bundle(['aws-config', '--remove'], agent);
    expect(twice.stderr).toContain('nothing to change');
  });
});
