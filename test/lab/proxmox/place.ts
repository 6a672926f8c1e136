import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { App } from 'cdktf';
import { execa, type ResultPromise } from 'execa';
import { goTool, goTools } from '../../../lab/parts/go.ts';
import { terraform } from '../../../lab/parts/terraform.ts';
import { createCa, issue } from '../../../lab/pki.ts';
import { terraformPlatform } from '../../../lab/providers/find.ts';
import { readJournal } from '../../../lab/proxmox/journal.ts';
import {
  startProxmoxDouble,
  type ProxmoxDouble,
  type ProxmoxDoubleOptions,
} from '../../../lab/proxmox/double.ts';
import { resolveBackbone } from '../../../src/model/backbone.ts';
import { HostStack } from '../../../stacks/host.ts';
import { ServiceHostStack } from '../../../stacks/service-host.ts';
import { declare, input, type DeclarationInput } from '../../fixtures/declaration.ts';

/** Recognisable wherever it should not be. */
export const secret = 'canary-7d1f6c52-51f9-4a43-9c0e-0f6f0b7a9e11';
export const token = `terraform@pve!backbone=${secret}`;

export interface Run {
  readonly exitCode: number | undefined;
  /** stdout and stderr, without colours and frames, lines joined as Terraform wrapped them. */
  readonly text: string;
}

/** A Proxmox double and a directory in which real Terraform applies the host stack to it. */
export class Place {
  /** Waited for by the double before each call; replace it to interfere. */
  before: NonNullable<ProxmoxDoubleOptions['before']> = () => Promise.resolve();
  /** Which of the stacks Terraform works on; a new one wants `run('init')`. */
  stack: 'host' | 'github-host' | 'proxy-host' = 'host';
  /** Everything that Terraform has printed. */
  printed = '';

  private constructor(
    readonly directory: string,
    private readonly program: string,
    private readonly double: { current: ProxmoxDouble; readonly restart: () => Promise<void> },
    private readonly caFile: string,
  ) {}

  static async open(nodes: readonly string[] = ['pve1', 'pve2', 'pve3']): Promise<Place> {
    const directory = await mkdtemp(join(tmpdir(), 'lab-proxmox-'));
    const ca = await createCa('test CA');
    const pair = await issue(ca, { commonName: 'proxmox', addresses: ['127.0.0.1'] });
    const caFile = join(directory, 'ca.pem');
    await writeFile(caFile, ca.certificate);
    const provider = await goTool(goTools.proxmoxProvider, () => undefined);
    const { path: program } = await terraform(() => undefined);
    for (const host of ['registry.terraform.io', 'registry.opentofu.org']) {
      const at = join(directory, 'mirror', host, 'bpg/proxmox/0.111.1', terraformPlatform);
      await mkdir(dirname(at), { recursive: true });
      await symlink(dirname(provider.path), at);
    }
    await writeFile(
      join(directory, 'terraform.rc'),
      `provider_installation {\n  filesystem_mirror {\n    path = "${join(directory, 'mirror')}"\n  }\n}\n`,
    );
    const start = (port?: number) =>
      startProxmoxDouble({
        stateDir: join(directory, 'pve'),
        port,
        tls: pair,
        token,
        nodes,
        before: (call) => place.before(call),
      });
    const double = {
      current: await start(),
      restart: async () => {
        const port = Number(new URL(double.current.url).port);
        await double.current.close();
        double.current = await start(port);
      },
    };
    const place: Place = new Place(directory, program, double, caFile);
    return place;
  }

  restartDouble(): Promise<void> {
    return this.double.restart();
  }

  /** Synthesizes the stack from the homelab of the unit tests, changed; makes it ready to run. */
  async declare(
    openbao: Partial<DeclarationInput['openbao']> = {},
    proxmox: Partial<DeclarationInput['proxmox']> = {},
    rest: Partial<DeclarationInput> = {},
  ): Promise<void> {
    const backbone = resolveBackbone(
      declare({
        state: { backend: 'local', directory: join(this.directory, 'state') },
        proxmox: { ...input.proxmox, endpoint: this.double.current.url, ...proxmox },
        openbao: { ...input.openbao, protection: false, ...openbao },
        ...rest,
      }),
    );
    const app = new App({
      outdir: join(this.directory, 'out'),
      context: { targetVersions: { terraform: '>=1.11' } },
    });
    new HostStack(app, backbone);
    for (const host of backbone.serviceHosts) {
      if (host.container !== undefined) new ServiceHostStack(app, backbone, host);
    }
    app.synth();
    await this.run('init', '-input=false');
  }

  /** Starts Terraform in the stack's directory. */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    options: { readonly detached?: boolean } = {},
  ): ResultPromise {
    return execa(this.program, [...args, '-no-color'], {
      cwd: join(this.directory, 'out', 'stacks', this.stack),
      extendEnv: false,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.directory,
        TMPDIR: this.directory,
        TF_CLI_CONFIG_FILE: join(this.directory, 'terraform.rc'),
        CHECKPOINT_DISABLE: '1',
        SSL_CERT_FILE: this.caFile,
        PROXMOX_VE_API_TOKEN: token,
        ...env,
      },
      all: true,
      reject: false,
      stdin: 'ignore',
      ...options,
    });
  }

  async run(...args: readonly string[]): Promise<Run> {
    return this.runWith({}, ...args);
  }

  async runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Run> {
    const { exitCode, all } = await this.start(args, env);
    const output = String(all);
    this.printed += output;
    return { exitCode, text: output.replaceAll(/[│╷╵\s]+/g, ' ') };
  }

  /** @throws Error  it does not apply */
  async apply(): Promise<string> {
    const { exitCode, text } = await this.run('apply', '-auto-approve', '-input=false');
    if (exitCode !== 0) throw new Error(text);
    return text;
  }

  /** 0: nothing to do, 2: changes, 1: error. */
  async plan(...args: readonly string[]): Promise<Run> {
    return this.run('plan', '-detailed-exitcode', '-input=false', ...args);
  }

  /** Calls the API as the program would. */
  async api(
    method: string,
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const { stdout } = await execa(
      'curl',
      [
        ...['--silent', '--cacert', this.caFile, '--header', '@-', '--request', method],
        `${this.double.current.url}api2/json/${path}`,
        ...Object.entries(form ?? {}).flatMap(([name, value]) => [
          '--data-urlencode',
          `${name}=${value}`,
        ]),
      ],
      { input: `Authorization: PVEAPIToken=${token}` },
    );
    return (JSON.parse(stdout) as { data: unknown }).data;
  }

  /** Calls that changed something, as `METHOD path`. */
  async changes(): Promise<readonly string[]> {
    const journal = await readJournal(join(this.directory, 'pve'));
    return journal
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`);
  }

  async outputs(): Promise<Record<string, { value: unknown }>> {
    const { all } = await this.start(['output', '-json']);
    return JSON.parse(String(all)) as Record<string, { value: unknown }>;
  }

  /** Names of the files below the directory that contain the text. */
  async filesWith(text: string): Promise<readonly string[]> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    const found: string[] = [];
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      if ((await readFile(file)).includes(text)) found.push(basename(file));
    }
    return found;
  }

  async close(): Promise<void> {
    await this.double.current.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
