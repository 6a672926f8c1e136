import { spawn } from 'node:child_process';
import type { ContainerContract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { UsageError } from '../../usage-error.ts';
import { withoutIssuer } from './consumer-env.ts';
import { deliveredFile, placings, placingScript, type Placing } from './placing-script.ts';

/** A container on its Proxmox host. */
export interface Target {
  /** As ssh takes it: `root@pve1`, or a name of its configuration. */
  readonly host: string;
  readonly container: ContainerContract;
  /** What was delivered and not taken is overwritten. */
  readonly replace: boolean;
  /** The container is started at once. */
  readonly start: boolean;
}

/** @throws UsageError  it could be an option, or is more than a name */
export function sshHost(word: string): string {
  if (/^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.:-]*$/.test(word)) return word;
  throw new UsageError('--host takes a name that ssh knows, such as root@pve1');
}

/**
 * Places an envelope into the root file system of a stopped container, by `pct` on its Proxmox host.
 *
 * @param envelope  asked for only when everything else is settled, so that nothing is minted in vain
 * @returns false: placed, and the container did not start
 * @throws UserError  it is not placed, or that is not known; what was minted has to be withdrawn
 */
export async function place(
  target: Target,
  env: NodeJS.ProcessEnv,
  envelope: () => Promise<string>,
): Promise<boolean> {
  const { host, container, replace, start } = target;
  const words = [
    ...['sh', '-c', placingScript, 'sh', String(container.vmid), container.address],
    ...[replace ? 'replace' : 'keep', start ? 'start' : 'stay'],
  ];
  const command = `exec ${words.map(quoted).join(' ')}`;
  const ssh = spawn('ssh', ['-T', '--', host, command], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: withoutIssuer(env),
  });
  const ended = new Promise<number>((resolve, reject) => {
    ssh.once('error', (error: NodeJS.ErrnoException) => {
      reject(new UserError(`ssh cannot be started (${error.code ?? 'unknown'})`));
    });
    ssh.once('close', (status) => {
      resolve(status ?? 255);
    });
  });
  // Where it ends before it has read everything, its status says why.
  ssh.stdin.on('error', () => undefined);
  const isReady = new Promise<true>((resolve) => {
    let said = '';
    ssh.stdout.on('data', (chunk: Buffer) => {
      if (said.length < 4096) said += chunk.toString('utf8');
      if (/^ready$/m.test(said)) resolve(true);
    });
  });

  const first = await Promise.race([isReady, ended]);
  if (first !== true) throw new UserError(problem(first, target));
  let content: string;
  try {
    content = await envelope();
  } catch (error) {
    ssh.stdin.end();
    await ended;
    throw error;
  }
  ssh.stdin.end(content);
  const status = await ended;
  if (status === placings.placed) return true;
  if (status === placings['not started']) return false;
  throw new UserError(problem(status, target));
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function problem(status: number, { host, container: { vmid, address } }: Target): string {
  const [placing] = Object.entries(placings).find(([, number]) => number === status) ?? [];
  const ct = `container ${String(vmid)} on ${host}`;
  switch (placing as Placing | undefined) {
    case 'no such container':
      return `there is no ${ct}`;
    case 'other address':
      return `${ct} does not have the address ${address}: it is another one than was declared`;
    case 'running':
      return (
        `${ct} is running already, and nothing is delivered beside a running one: stop it first, or let it take ` +
        'a SecretID by another way (backbone secret-id issue)'
      );
    case 'not mounted':
      return `${ct} cannot be mounted (another pct at work? \`pct unmount ${String(vmid)}\` ends one that was cut off)`;
    case 'link':
      return `${ct} has a symbolic link on the way to ${deliveredFile}: nothing is written through it`;
    case 'delivered':
      return (
        `${ct} has been delivered to already, and has not taken it: start it, or deliver anew with --replace ` +
        'if that has expired'
      );
    case 'owner':
      return `${ct} has a root file system whose owner is not the container's root`;
    case 'cut off':
      return `the connection to ${host} ended before the delivery was complete: nothing was placed`;
    case 'not written':
      return `${deliveredFile} cannot be written in ${ct}`;
    case 'not unmounted':
      return `${ct} cannot be unmounted, and does not start before: \`pct unmount ${String(vmid)}\` on ${host}`;
    case 'placed':
    case 'not started':
    case undefined:
      return status === 255
        ? `there is no connection to ${host} (ssh says why)`
        : `the delivery on ${host} ended with status ${String(status)}: is it a Proxmox VE host, and are you root?`;
  }
}
