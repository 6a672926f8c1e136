import type { Ansible, AnsibleRan } from './ansible.ts';

/** Counts of one run, summed over the hosts. */
export interface Recap extends AnsibleRan {
  readonly changed: number;
  readonly failed: number;
}

export interface Playing {
  readonly inventory: string;
  /** JSON file. */
  readonly variables: string;
  readonly sshConfig: string;
  readonly controlPath: string;
}

/** A playbook, over the SSH configuration of containers. */
export async function play(
  ansible: Ansible,
  { inventory, variables, sshConfig, controlPath }: Playing,
  args: readonly string[],
): Promise<Recap> {
  const ran = await ansible.run(
    'ansible-playbook',
    ['--inventory', inventory, '--extra-vars', `@${variables}`, ...args],
    {
      env: {
        ANSIBLE_SSH_ARGS: [
          ...['-F', sshConfig, '-o', 'ControlMaster=auto', '-o', 'ControlPersist=30s'],
          ...['-o', `ControlPath=${controlPath}`, '-o', 'ServerAliveInterval=10'],
        ].join(' '),
      },
    },
  );
  const count = (word: string) =>
    [...ran.all.matchAll(new RegExp(`${word}=(\\d+)`, 'g'))].reduce(
      (sum, [, number]) => sum + Number(number),
      0,
    );
  return { ...ran, changed: count('changed'), failed: count('failed') };
}
