import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Release } from '../../lab/host/base-image.ts';
import { openLabSite, type LabSite } from '../../lab/host/lab-site.ts';
import { labOfItsOwn, type Ran, type RunningLab, type RunOptions } from '../lab/running-lab.ts';
import type { Ansible } from './ansible.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** Templates of Proxmox VE, by what Debian calls itself in them. */
const templates: Readonly<Record<Release, string>> = {
  bookworm: 'debian-12-standard_12.12-1_amd64.tar.zst',
  trixie: 'debian-13-standard_13.1-2_amd64.tar.zst',
};

/** A lab with containers, of which a person deploys the stacks and Ansible makes the hosts. */
export interface PathLab extends LabSite {
  readonly lab: RunningLab;
  /** A command in the lab's network, with the lab's environment. */
  inside(command: readonly string[], options?: RunOptions): Promise<Ran>;
  remove(): Promise<void>;
}

/** Also deploys the stacks `host` and `aws-trust`, and writes the inventory. */
export async function openPathLab(ansible: Ansible, release: Release): Promise<PathLab> {
  const directory = await mkdtemp(join(tmpdir(), 'path-'));
  const lab = await labOfItsOwn();
  const remove = async () => {
    await lab.remove();
    await ansible.remove();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return { ...(await furnish(ansible, release, lab, directory)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function furnish(
  ansible: Ansible,
  release: Release,
  lab: RunningLab,
  directory: string,
): Promise<Omit<PathLab, 'remove'>> {
  const declaration = join(directory, 'backbone.yaml');
  const declared = await readFile(join(project, 'backbone.yaml'), 'utf8');
  await writeFile(
    declaration,
    declared
      .replaceAll(templates.bookworm, templates[release])
      // A slow machine takes its time to boot.
      .replace('max: 5m', 'max: 30m')
      .replaceAll('secretIdTtl: 10m', 'secretIdTtl: 30m'),
  );
  const bare = ['lab', 'up', '--host', 'container', '--bare', '--file', declaration];
  const up = await lab.backbone(bare);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });

  const inside: PathLab['inside'] = (command, options) =>
    lab.backbone(['lab', 'shell', '--', ...command], options);
  const { paths } = lab;
  const progress = () => undefined;
  return {
    ...(await openLabSite({ paths, directory, ansible, inside, progress })),
    ...{ lab, inside },
  };
}
