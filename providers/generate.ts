import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A provider without a package of its own: schema `providers/<name>.json`, bindings `.gen/providers/<name>`. */
interface Provider {
  readonly name: string;
  /** Without a host: Terraform and OpenTofu complete it each with its own registry. */
  readonly source: string;
  readonly version: string;
}

export const providers: readonly Provider[] = [
  { name: 'proxmox', source: 'bpg/proxmox', version: '0.111.1' },
  { name: 'infisical', source: 'infisical/infisical', version: '0.19.24' },
];

/** Marks the output with what it was made from; without it the output is made anew. */
const stamp = '.made-from';

/**
 * Typed CDKTF bindings for each committed provider schema, as `cdktf get` makes them, but without
 * network. Milliseconds when the output is already there, so it may be called at every start.
 *
 * Guarantees: the same schema and tools give the same bytes; output is complete or absent, also when two
 * run at once or one is killed.
 *
 * @param directory  has to be inside the project, as the types of the bindings are found from there
 * @throws Error  the generator failed; its output is in the message
 * @returns names of the providers that were generated now
 */
export async function generate(
  progress?: (line: string) => void,
  directory: string = join(root, '.gen', 'providers'),
): Promise<string[]> {
  const made: string[] = [];
  for (const provider of providers) {
    const digest = await digestOf(provider);
    const output = join(directory, provider.name);
    if ((await stampOf(output)) === digest) continue;
    progress?.(`generating bindings of ${provider.source} ${provider.version}`);
    await mkdir(dirname(output), { recursive: true });
    const scratch = await mkdtemp(join(dirname(output), `.${provider.name}-`));
    try {
      await emitBindings(provider, scratch);
      await writeFile(join(scratch, stamp), `${digest}\n`);
      await put(scratch, output, digest);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    made.push(provider.name);
  }
  return made;
}

async function emitBindings(provider: Provider, output: string): Promise<void> {
  const program = fileURLToPath(new URL('./bindings.ts', import.meta.url));
  await execa(
    process.execPath,
    ['--import', 'tsx', program, provider.source, provider.version].concat([
      schemaFile(provider),
      output,
    ]),
    {
      cwd: root,
      env: { CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
    },
  );
}

function schemaFile(provider: Provider): string {
  return join(root, 'providers', `${provider.name}.json`);
}

/** The lock file stands for the versions of everything that takes part in the generation. */
async function digestOf(provider: Provider): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(provider));
  const inputs = ['providers/generate.ts', 'providers/bindings.ts', 'package-lock.json'];
  for (const file of [schemaFile(provider), ...inputs.map((name) => join(root, name))]) {
    hash.update(await readFile(file));
  }
  return hash.digest('hex');
}

async function stampOf(output: string): Promise<string | undefined> {
  try {
    return (await readFile(join(output, stamp), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/** Replaces the output by a rename; where another run was first, its equal result stays. */
async function put(scratch: string, output: string, digest: string): Promise<void> {
  if ((await stampOf(output)) === digest) return;
  const old = `${scratch}-old`;
  await rename(output, old).catch(() => undefined);
  try {
    await rename(scratch, output);
  } catch (error) {
    if ((await stampOf(output)) !== digest) throw error;
  } finally {
    await rm(old, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const made = await generate((line) => {
    console.log(line);
  });
  if (made.length === 0) console.log('bindings match their schemas');
}
