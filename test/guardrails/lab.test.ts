import { copyFile, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { judge, refusing } from '../../src/guardrails/judge.ts';
import { readForLab, writeLabDeclaration } from '../../lab/declaration.ts';
import { labPaths } from '../../lab/paths.ts';
import { flavours } from '../../lab/record.ts';
import { outputOf, synthesized } from './example.ts';

const ports = {
  ...{ openbao: 20_001, openbaoCluster: 20_002, aws: 20_003, moto: 20_004 },
  ...{ proxmox: 20_005, infisical: 20_006, unifi: 20_007, adapter: 20_008 },
  ...{ github: 20_009, broker: 20_010, proxy: 20_011 },
};

it.each(flavours)('the declaration of the lab breaks no rule: OpenBao as a %s', async (flavour) => {
  const paths = labPaths(await mkdtemp(join(tmpdir(), 'guardrails-lab-')));
  // Any certificate will do where nobody connects.
  for (const file of [paths.caCertificate, paths.rolesAnywhereCa, paths.unifiCertificate]) {
    await mkdir(dirname(file), { recursive: true });
    await copyFile('pki/roles-anywhere-ca.pem', file);
  }
  const optional = flavour === 'process';
  const document = await readForLab({ original: 'backbone.yaml', flavour, optional });
  await writeLabDeclaration({ document, paths, ports, flavour });
  const output = await outputOf(paths.declaration);
  const findings = judge({
    synthesized: synthesized(undefined, output),
    declared: output.declared,
    acknowledgements: [],
    now: 0,
  });
  expect(refusing(findings)).toEqual([]);
});
