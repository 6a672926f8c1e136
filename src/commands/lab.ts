import { defineCommand } from 'citty';
import { result, resultJson, say, table } from '../output/terminal.ts';
import { lineProgress, withProgress } from '../output/progress.ts';
import { UsageError } from '../usage-error.ts';
import { UserError } from '../user-error.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

/** The lab is loaded when it is asked for: a checkout without it deploys all the same. */
const upModule = () => import('../../lab/up.ts');

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    // What a person can act on, by name, as the lab is no part of the program proper.
    const known = ['PartMissing', 'LabBusy', 'LabDiffers', 'SiteFailed'];
    if (error instanceof Error && known.includes(error.name)) {
      throw new UserError(error.message);
    }
    throw error;
  }
}

/** A lab with containers is a network of its own, in which its commands have to be. */
const reenter = async () => (await import('../../lab/host/reenter.ts')).reenter();

const upArgs = {
  ...fileArg,
  ...jsonArg,
  host: {
    type: 'string',
    description:
      'what OpenBao is on: a process (default), or a container that the double of Proxmox boots ' +
      'and Ansible configures (Linux, root)',
    valueHint: 'process|container',
  },
  bare: {
    type: 'boolean',
    description:
      'with --host container: deploy and configure nothing, so that you do it yourself, step by step',
  },
} as const;

function flavourOf(text: string | undefined): 'process' | 'container' | undefined {
  if (text === undefined || text === 'process' || text === 'container') return text;
  throw new UsageError('--host is process or container');
}

const up = defineCommand({
  meta: {
    name: 'backbone lab up',
    description:
      'Start OpenBao and the doubles of AWS and Proxmox on this machine, or resume them.\n\n' +
      'Example: backbone lab up && eval "$(backbone lab env)"',
  },
  args: upArgs,
  async run({ args, rawArgs }) {
    refuseUnknown(rawArgs, upArgs);
    const { labUp } = await upModule();
    const flavour = flavourOf(args.host);
    if (args.bare === true && flavour !== 'container') {
      throw new UsageError('--bare goes with --host container');
    }
    const whole = flavour === 'container' && args.bare !== true;
    const { paths, record } = await told(
      withProgress(async (progress) => {
        const lab = await labUp({
          ...{ progress, flavour },
          ...(args.file === undefined ? {} : { declaration: args.file }),
        });
        if (whole) {
          await (await import('../../lab/host/whole-site.ts')).makeWholeSite(lab, progress);
        }
        return lab;
      }),
    );
    say(`the lab is up in ${paths.root}`);
    if (args.json === true) resultJson({ directory: paths.root, parts: record.parts });
    else {
      result(
        table([
          ['PART', 'VERSION', 'FROM', 'KIND'],
          ...record.parts.map(({ name, version, source, kind }) => [name, version, source, kind]),
        ]),
      );
    }
    say(
      record.flavour === 'process'
        ? 'for this shell: eval "$(npx backbone lab env)"'
        : 'a shell in its network: npx backbone lab shell',
    );
  },
});

const down = defineCommand({
  meta: { name: 'backbone lab down', description: 'End the lab and remove everything it made' },
  args: jsonArg,
  async run({ args, rawArgs }) {
    refuseUnknown(rawArgs, jsonArg);
    const { labDown } = await import('../../lab/down.ts');
    const was = await told(withProgress(labDown));
    if (args.json === true) resultJson({ removed: was });
    else result(was ? 'the lab is gone' : 'there was no lab');
  },
});

const status = defineCommand({
  meta: {
    name: 'backbone lab status',
    description: 'What runs. Exit status: 0 up, 2 not up or in part',
  },
  args: jsonArg,
  async run({ args, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, jsonArg);
    const inside = await reenter();
    if (inside !== undefined) return inside;
    const { labStatus } = await import('../../lab/status.ts');
    const seen = await labStatus();
    if (args.json === true) resultJson(seen);
    else {
      result(`${seen.state} (${seen.directory})`);
      if (seen.servers.length > 0) {
        result(
          table(
            seen.servers.map(({ server, running, waits, port }) => [
              server,
              running ? 'running' : waits ? 'waits for a deploy' : 'ended',
              port === undefined ? '' : `port ${String(port)}`,
            ]),
          ),
        );
      }
      if (seen.hosts.length > 0) {
        result(
          table(
            seen.hosts.map(({ name, hostname, release, address, running }) => [
              ...[name, running ? 'running' : 'stopped', hostname, release, address],
            ]),
          ),
        );
      }
    }
    return seen.state === 'up' ? 0 : 2;
  },
});

const envArgs = {
  ...jsonArg,
  bootstrap: {
    type: 'boolean',
    description: 'as the first identity, which destroys the stack openbao and makes operators',
  },
} as const;

const env = defineCommand({
  meta: {
    name: 'backbone lab env',
    description:
      'Shell lines that point cdktf, terraform, bao, aws and backbone at the lab. They hold a ' +
      'short-lived token of the lab.\n\nExample: eval "$(backbone lab env)"',
  },
  args: envArgs,
  async run({ args, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, envArgs);
    const inside = await reenter();
    if (inside !== undefined) return inside;
    const { labStatus } = await import('../../lab/status.ts');
    if ((await labStatus()).state !== 'up') {
      throw new UserError('the lab is not up; run: npx backbone lab up');
    }
    const { labUp } = await upModule();
    const { labEnvironment, shellLines } = await import('../../lab/environment.ts');
    const environment = await labEnvironment(
      await told(labUp({ progress: lineProgress })),
      args.bootstrap === true ? 'bootstrap' : undefined,
    );
    if (args.json === true) resultJson(environment.variables);
    else result(shellLines(environment));
    return 0;
  },
});

const shell = defineCommand({
  meta: {
    name: 'backbone lab shell',
    description:
      'A shell, or one command, in the network of the lab with the environment of `lab env`. Its ' +
      "exit status is the command's.\n\nExample: backbone lab shell -- backbone deploy host",
  },
  async run({ rawArgs }): Promise<number> {
    const at = rawArgs.indexOf('--');
    refuseUnknown(at < 0 ? rawArgs : rawArgs.slice(0, at), {});
    const inside = await reenter();
    if (inside !== undefined) return inside;
    const { labUp } = await upModule();
    const { labEnvironment, withLab } = await import('../../lab/environment.ts');
    const environment = await labEnvironment(await told(labUp({ progress: lineProgress })));
    const { runInLab } = await import('../../lab/shell.ts');
    return runInLab(at < 0 ? [] : rawArgs.slice(at + 1), withLab(environment));
  },
});

const tour = defineCommand({
  meta: {
    name: 'backbone lab tour',
    description: 'Show on the running lab what the backbone allows and what it denies',
  },
  args: jsonArg,
  async run({ args, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, jsonArg);
    const inside = await reenter();
    if (inside !== undefined) return inside;
    const { labTour } = await import('../../lab/tour/tour.ts');
    const { labUp } = await upModule();
    const proofs = await labTour(await told(labUp({ progress: lineProgress })), lineProgress);
    if (args.json === true) resultJson(proofs);
    return proofs.every(({ proved }) => proved) ? 0 : 1;
  },
});

export const lab = defineCommand({
  meta: { name: 'backbone lab', description: 'The same program against this machine' },
  subCommands: { up, down, status, env, shell, tour },
});
