import { readdir } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { onPath } from '../../src/terraform/binary.ts';
import { cached, exists } from './cache.ts';
import { lastLines, PartMissing, type Part, type Progress } from './part.ts';

/** A server of SSH, and where the libraries lie that it came with. */
export interface Sshd extends Part {
  readonly libraries: string | undefined;
}

/**
 * The sshd of this machine; where it has none, that of Debian's or Ubuntu's package, unpacked and not installed.
 *
 * @throws PartMissing  neither can be had
 */
export async function sshd(progress: Progress): Promise<Sshd> {
  const found =
    (await onPath('sshd')) ?? ((await exists('/usr/sbin/sshd')) ? '/usr/sbin/sshd' : undefined);
  if (found !== undefined) {
    return { name: 'sshd', version: '', path: found, source: 'PATH', libraries: undefined };
  }
  const { directory, built } = await cached(`sshd/apt-${arch()}`, async (output) => {
    progress('unpacking sshd from the package openssh-server');
    try {
      await execa('apt-get', ['download', 'openssh-server', 'libwrap0'], { cwd: output });
      for (const file of await readdir(output)) {
        if (file.endsWith('.deb')) await execa('dpkg-deb', ['-x', join(output, file), output]);
      }
    } catch (error) {
      throw new PartMissing(
        `there is no sshd here, and apt gave none:\n${lastLines(error)}\nInstall it: apt install openssh-server.`,
      );
    }
  });
  const libraries = join(directory, 'usr', 'lib');
  const [multiarch = ''] = (await readdir(libraries)).filter((name) => name.includes('linux'));
  return {
    name: 'sshd',
    version: '',
    path: join(directory, 'usr', 'sbin', 'sshd'),
    source: built ? 'installed' : 'cache',
    libraries: join(libraries, multiarch),
  };
}
