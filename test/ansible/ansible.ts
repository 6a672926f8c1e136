import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAnsible, type Ansible as Opened } from '../../lab/host/ansible.ts';
import { PartMissing } from '../../lab/parts/part.ts';

export { ansibleDirectory, type AnsibleRan as Ran } from '../../lab/host/ansible.ts';

/** In a directory of this test's own. */
export interface Ansible extends Opened {
  remove(): Promise<void>;
}

/** Ansible, or undefined and a line that says what is skipped and why. */
export async function ansibleOrSkip(what: string): Promise<Ansible | undefined> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const directory = await mkdtemp(join(tmpdir(), 'ansible-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    return { ...(await openAnsible(directory, say)), remove };
  } catch (error) {
    await remove();
    if (!(error instanceof PartMissing)) throw error;
    say(`SKIPPED: ${what}: ${error.message}`);
    return undefined;
  }
}
