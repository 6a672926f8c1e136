import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { terraform } from '../../../lab/parts/terraform.ts';

export interface Outcome {
  readonly exitCode: number;
  /** stdout and stderr, with line breaks of Terraform's boxes taken out. */
  readonly text: string;
  readonly stdout: string;
}

/** The provider that a workspace declares. */
export interface Required {
  /** Local name, e.g. `vault`. */
  readonly name: string;
  readonly source: string;
  readonly version: string;
  /** Body of the provider block, unless a test writes another. */
  readonly block: string;
}

/** One working directory of real Terraform, with a mirror that has one provider and nothing else. */
export class Workspace {
  protected constructor(
    readonly directory: string,
    private readonly binary: string,
    private readonly required: Required,
    private env: Record<string, string>,
  ) {}

  /** @param env  what the provider reads, beside what Terraform needs */
  static async open(
    mirror: string,
    required: Required,
    env: Readonly<Record<string, string>>,
  ): Promise<Workspace> {
    const part = await terraform(() => undefined);
    const directory = await mkdtemp(join(tmpdir(), `${required.name}-provider-workspace-`));
    await mkdir(join(directory, 'home'));
    const workspace = new Workspace(directory, part.path, required, {
      PATH: process.env['PATH'] ?? '',
      HOME: join(directory, 'home'),
      TMPDIR: process.env['TMPDIR'] ?? tmpdir(),
      TF_CLI_CONFIG_FILE: join(directory, 'terraform.rc'),
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      ...env,
    });
    await workspace.useMirror(mirror);
    return workspace;
  }

  async useMirror(mirror: string): Promise<void> {
    await writeFile(
      join(this.directory, 'terraform.rc'),
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
    );
    await rm(join(this.directory, '.terraform'), { recursive: true, force: true });
    await rm(join(this.directory, '.terraform.lock.hcl'), { force: true });
  }

  withEnv(env: Record<string, string | undefined>): this {
    const merged = { ...this.env, ...env };
    this.env = Object.fromEntries(
      Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    return this;
  }

  /** Replaces the configuration. The provider is declared by the workspace. */
  async write(configuration: string, block = this.required.block): Promise<void> {
    const { name, source, version } = this.required;
    await writeFile(
      join(this.directory, 'main.tf'),
      `terraform {
  required_providers {
    ${name} = { source = "${source}", version = "${version}" }
  }
}
provider "${name}" {
  ${block}
}
${configuration}
`,
    );
  }

  async run(...args: readonly string[]): Promise<Outcome> {
    const { exitCode, stdout, stderr } = await execa(this.binary, args, this.options());
    const text = `${stdout}\n${stderr}`.replaceAll(/\n[│╵╷]? */g, ' ');
    return { exitCode: exitCode ?? -1, text, stdout };
  }

  start(...args: readonly string[]) {
    return execa(this.binary, args, { ...this.options(), reject: false });
  }

  private options() {
    return { cwd: this.directory, env: this.env, extendEnv: false, reject: false } as const;
  }

  async ok(...args: readonly string[]): Promise<Outcome> {
    const outcome = await this.run(...args);
    if (outcome.exitCode === 0) return outcome;
    throw new Error(
      `terraform ${args.join(' ')}: ${outcome.text.slice(outcome.text.search(/ (Error|Warning): /))}`,
    );
  }

  init() {
    return this.ok('init', '-input=false', '-no-color');
  }

  apply(...args: readonly string[]) {
    return this.ok('apply', '-auto-approve', '-input=false', '-no-color', ...args);
  }

  tryApply(...args: readonly string[]) {
    return this.run('apply', '-auto-approve', '-input=false', '-no-color', ...args);
  }

  /** Fails with what would change, where anything would. */
  async planClean(): Promise<void> {
    const { exitCode, text } = await this.plan();
    if (exitCode !== 0) throw new Error(text.slice(text.indexOf('will perform')));
  }

  /** @returns 0 where nothing would change, 2 where something would */
  async plan(...args: readonly string[]): Promise<Outcome> {
    const outcome = await this.run(
      'plan',
      '-detailed-exitcode',
      '-input=false',
      '-no-color',
      ...args,
    );
    if (outcome.exitCode === 1) throw new Error(`terraform plan failed:\n${outcome.text}`);
    return outcome;
  }

  async stateText(): Promise<string> {
    return readFile(join(this.directory, 'terraform.tfstate'), 'utf8');
  }

  /** Attributes of every resource in the state, by address. */
  async state(): Promise<Record<string, Record<string, unknown>>> {
    const { resources } = JSON.parse(await this.stateText()) as {
      resources: {
        type: string;
        name: string;
        mode: string;
        instances: { attributes: object }[];
      }[];
    };
    return Object.fromEntries(
      resources.map(({ type, name, mode, instances }) => [
        `${mode === 'data' ? 'data.' : ''}${type}.${name}`,
        (instances[0]?.attributes ?? {}) as Record<string, unknown>,
      ]),
    );
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
