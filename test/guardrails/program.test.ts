import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';

/** The example with a static broker key, and with what is acknowledged of it. */
async function declaration(acknowledge: readonly object[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'guardrails-program-'));
  await cp('pki', join(directory, 'pki'), { recursive: true });
  const document = parseDocument(await readFile('backbone.yaml', 'utf8'));
  document.setIn(['aws', 'identity'], {
    kind: 'broker-key',
    principalArn: 'arn:aws:iam::111122223333:role/key',
  });
  document.set('acknowledge', acknowledge);
  const file = join(directory, 'backbone.yaml');
  await writeFile(file, String(document));
  return file;
}

const cli = async (command: string, file: string, output: string) =>
  execa('node', ['bin/backbone.mjs', command, '--json', '-f', file], {
    env: { CDKTF_OUTDIR: output },
    reject: false,
  });

it('refuses to write a stack that breaks a rule, until that is acknowledged', async () => {
  const output = await mkdtemp(join(tmpdir(), 'guardrails-output-'));
  const refused = await declaration([]);

  // As `cdktf synth` and `cdktf deploy` run it.
  const program = await execa('node', ['--import', 'tsx/esm', 'src/main.ts'], {
    env: { CDKTF_OUTDIR: output, BACKBONE_FILE: refused },
    reject: false,
  });
  expect(program.exitCode).toBe(3);
  expect(program.stderr).toContain('error aws-static-broker-key');
  expect((await readdir(output, { recursive: true })).sort()).toEqual([
    'guardrails.json',
    'refused.json',
    'stacks',
  ]);

  const synth = await cli('synth', refused, output);
  expect(synth.exitCode).toBe(1);
  expect(synth.stderr).toContain('error aws-static-broker-key');

  const list = await cli('guardrails', refused, output);
  expect(list.exitCode).toBe(2);
  const { findings } = JSON.parse(list.stdout) as {
    findings: readonly { rule: string; at: string; severity: string }[];
  };
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ rule }) => rule)).toEqual(['aws-static-broker-key']);

  const accepted = await declaration(
    errors.map(({ rule, at }) => ({
      ...{ rule, at, reason: 'until Roles Anywhere is there', owner: 'platform' },
      until: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
    })),
  );
  const written = await cli('synth', accepted, output);
  expect(written.exitCode).toBe(0);
  expect(await readdir(join(output, 'stacks', 'openbao'))).toContain('cdk.tf.json');
  expect(await readdir(output)).not.toContain('refused.json');
});
