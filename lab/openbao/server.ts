import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256 } from '../parts/checksum.ts';
import type { LabPaths } from '../paths.ts';
import { writePrivateFile } from '../private-file.ts';
import type { Command } from '../processes/process.ts';
import { bootstrapAcl } from '../../policies/openbao/bootstrap.ts';
import { openbaoConfig } from './config.ts';

/** Writes the configuration of a server with the AWS engine as its plugin. */
export async function prepareOpenBao(options: {
  readonly paths: LabPaths;
  readonly ports: { readonly openbao: number; readonly openbaoCluster: number };
  readonly bao: string;
  readonly awsEngine: string;
  readonly awsEngineEnv: Readonly<Record<string, string>>;
}): Promise<Command> {
  const { paths, ports, bao, awsEngine } = options;
  for (const directory of [paths.openbaoData, paths.openbaoPlugins, paths.audit]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  }
  const file = basename(awsEngine);
  await place(awsEngine, join(paths.openbaoPlugins, file));
  await writePrivateFile(
    paths.openbaoConfig,
    openbaoConfig({
      paths,
      apiPort: ports.openbao,
      clusterPort: ports.openbaoCluster,
      awsPlugin: { file, sha256: await sha256(awsEngine) },
      awsPluginEnv: options.awsEngineEnv,
      bootstrapAcl: bootstrapAcl(),
    }),
  );
  return { command: bao, args: ['server', `-config=${paths.openbaoConfig}`] };
}

/** OpenBao takes no plugin through a symbolic link. */
async function place(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(() => copyFile(from, to));
}
