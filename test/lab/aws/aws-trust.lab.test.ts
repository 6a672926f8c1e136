import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { App } from 'cdktf';
import { execa } from 'execa';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustAnchorArn } from '../../../lab/aws/rolesanywhere/arn.ts';
import { terraform } from '../../../lab/parts/terraform.ts';
import { createCa } from '../../../lab/pki.ts';
import { findProvider } from '../../../lab/providers/find.ts';
import { declaration } from '../../../src/config/declaration.ts';
import { resolveBackbone } from '../../../src/model/backbone.ts';
import { AwsTrustStack } from '../../../stacks/aws-trust.ts';
import { accountId, region, runAws, type RunningAws } from './running-aws.ts';

const provider = { source: 'hashicorp/aws', version: '5.100.0' };
/** <mirror>/<host>/<namespace>/<type>/<version>/<platform> */
const found = await findProvider(provider);
const mirror = found === undefined ? undefined : resolve(found, '../../../../..');

/** The example declaration, with every bucket and table made by the program, against the double. */
function backboneFor(url: string, directory: string) {
  const example = parse(readFileSync('backbone.yaml', 'utf8')) as {
    aws: Record<string, unknown>;
    profiles: Record<string, Record<string, unknown>>;
  };
  return resolveBackbone(
    declaration.parse({
      ...example,
      state: { backend: 'local', directory },
      aws: {
        ...example.aws,
        account: accountId,
        region,
        identity: { kind: 'roles-anywhere', caCertificate: 'ca.pem', commonName: 'openbao' },
        endpoints: { s3: url, dynamodb: url, iam: url, sts: url, rolesanywhere: url },
      },
      profiles: Object.fromEntries(
        Object.entries(example.profiles).map(([name, it]) => [name, { ...it, manage: true }]),
      ),
    }),
  );
}

describe.skipIf(mirror === undefined)(
  'the aws-trust stack by the real AWS provider',
  { timeout: 300_000 },
  () => {
    let aws: RunningAws;
    let stack: string;
    let caCertificate: string;
    let run: (...args: string[]) => Promise<{ exitCode?: number; all: string }>;

    const synthesize = () => {
      const app = new App({ outdir: join(aws.directory, 'out') });
      const backbone = backboneFor(aws.url, aws.directory);
      new AwsTrustStack(app, backbone, { caCertificate });
      app.synth();
    };

    beforeAll(async () => {
      aws = await runAws();
      ({ certificate: caCertificate } = await createCa('Roles Anywhere CA'));
      synthesize();
      stack = join(aws.directory, 'out', 'stacks', 'aws-trust');
      const rc = join(aws.directory, 'terraform.rc');
      await writeFile(
        rc,
        `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
      );
      const program = await terraform(() => undefined);
      await mkdir(join(aws.directory, 'home'), { recursive: true });
      run = async (...args) => {
        const { exitCode, all } = await execa(program.path, args, {
          cwd: stack,
          env: {
            ...aws.environment(aws.admin),
            HOME: join(aws.directory, 'home'),
            TF_CLI_CONFIG_FILE: rc,
            CHECKPOINT_DISABLE: '1',
            TF_IN_AUTOMATION: '1',
          },
          extendEnv: false,
          reject: false,
          all: true,
        });
        return { exitCode, all };
      };
      const initialised = await run('init', '-input=false', '-no-color');
      if (initialised.exitCode !== 0) throw new Error(initialised.all);
    });
    afterAll(() => aws.stop());

    it('applies', async () => {
      const applied = await run('apply', '-auto-approve', '-input=false', '-no-color');
      expect(applied.all).toContain('Apply complete!');
    });

    it('plans no change afterwards', async () => {
      const planned = await run('plan', '-detailed-exitcode', '-input=false', '-no-color');
      expect(planned, planned.all).toMatchObject({ exitCode: 0 });
    });

    it('gives the trust anchor the ARN that the lab knew beforehand', async () => {
      const { all } = await run('output', '-json');
      const outputs = JSON.parse(all) as Record<string, { value: string }>;
      expect(outputs['trust_anchor_arn']?.value).toBe(
        trustAnchorArn({ id: accountId, region }, 'openbao-broker'),
      );
    });

    it('follows another CA in place', async () => {
      ({ certificate: caCertificate } = await createCa('Next CA'));
      synthesize();
      const applied = await run('apply', '-auto-approve', '-input=false', '-no-color');
      expect(applied.all).toContain('0 added, 1 changed, 0 destroyed');
      const planned = await run('plan', '-detailed-exitcode', '-input=false', '-no-color');
      expect(planned, planned.all).toMatchObject({ exitCode: 0 });
    });

    it('destroys all of it', async () => {
      const destroyed = await run('destroy', '-auto-approve', '-input=false', '-no-color');
      expect(destroyed.all).toContain('Destroy complete!');
      const { trustAnchors } = (await aws.json(
        aws.admin,
        ...['rolesanywhere', 'list-trust-anchors'],
      )) as { trustAnchors: unknown[] };
      expect(trustAnchors).toEqual([]);
    });
  },
);
