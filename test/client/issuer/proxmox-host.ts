import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../../src/client/issuer/place.ts';

/** Programs of a Proxmox host that one directory is: a double of `ssh` to it, and one of its `pct`. */
const ssh = `#!/bin/sh
# Double of ssh: the command is run by a shell, as sshd has it run by the user's.
printf '%s\\n' "$@" >"$FAKE/ssh-arguments"
env >"$FAKE/ssh-environment"
[ ! -e "$FAKE/no-connection" ] || exit 255
[ "$1 $2" = '-T --' ] || exit 2
exec sh -c "$4"
`;
const pct = `#!/bin/sh
# Double of pct for one container, 130.
printf '%s\\n' "$*" >>"$FAKE/pct-calls"
[ "$2" = 130 ] || { echo "Configuration file 'nodes/pve1/lxc/$2.conf' does not exist" >&2; exit 2; }
[ "$1" != "$(cat "$FAKE/fails" 2>/dev/null)" ] || exit 255
case $1 in
  config) cat "$FAKE/config" ;;
  status) echo "status: $(cat "$FAKE/status")" ;;
  mount) [ ! -e "$FAKE/lock" ] || exit 255; touch "$FAKE/lock"; echo "mounted CT 130 in '$FAKE/rootfs'" ;;
  unmount) rm "$FAKE/lock" ;;
  start) [ ! -e "$FAKE/lock" ] || exit 255; echo running >"$FAKE/status" ;;
  *) exit 255 ;;
esac
`;

export interface ProxmoxHost {
  readonly env: NodeJS.ProcessEnv;
  readonly target: Target;
  /** Path in the container's root file system. */
  inside(path: string): string;
  /** What is said of the container: `status`, `config`, `fails`, `no-connection`. */
  set(name: string, content: string): Promise<void>;
  /** Empty where there is none. */
  read(name: string): Promise<string>;
  remove(): Promise<void>;
}

/** Uid and gid of the container's root: whoever is not root here has but their own. */
const [uid = 0, gid = 0] =
  process.getuid?.() === 0 ? [100_000, 100_000] : [process.getuid?.(), process.getgid?.()];

/** A host with the stopped, unprivileged container 130 of address 192.0.2.40, which has never been started. */
export async function proxmoxHost(): Promise<ProxmoxHost> {
  const directory = await mkdtemp(join(tmpdir(), `pve-${randomBytes(2).toString('hex')}-`));
  const at = (name: string) => join(directory, name);
  const inside = (path: string) => join(directory, 'rootfs', path);
  await mkdir(at('bin'));
  for (const [name, program] of [
    ['ssh', ssh],
    ['pct', pct],
  ] as const) {
    await writeFile(at(`bin/${name}`), program);
    await chmod(at(`bin/${name}`), 0o755);
  }
  await mkdir(inside('etc'), { recursive: true });
  await chown(inside('etc'), uid, gid);
  const set = (name: string, content: string) => writeFile(at(name), `${content}\n`);
  await set('status', 'stopped');
  await set(
    'config',
    'arch: amd64\nhostname: unpoller\nnet0: name=eth0,bridge=vmbr0,gw=192.0.2.1,ip=192.0.2.40/24,type=veth\nunprivileged: 1',
  );
  return {
    env: {
      PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`,
      FAKE: directory,
      BAO_TOKEN: 's.of-the-issuer',
    },
    target: {
      host: 'root@pve1',
      container: { node: 'pve1', vmid: 130, address: '192.0.2.40' },
      ...{ replace: false, start: false },
    },
    inside,
    set,
    read: (name) => readFile(at(name), 'utf8').catch(() => ''),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
