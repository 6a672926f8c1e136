import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { goTools } from '../../lab/parts/go.ts';
import { stackProviders } from '../../lab/providers/mirror.ts';

const file = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Packages {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const page = await file('docs/dependencies.md');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** Version cell of the row whose first cell names it. */
const documented = (name: string): string | undefined =>
  rows.find(([, first]) => first?.startsWith(`\`${name}\``))?.[2];

/** `name==version` lines; the extras of a name are no part of it. */
async function pinned(requirements: string): Promise<readonly (readonly [string, string])[]> {
  const lines = (await file(`lab/parts/${requirements}`)).matchAll(
    /^([\w.-]+)(?:\[[^\]]*\])?==(\S+)/gm,
  );
  return [...lines].map(([, name = '', version = '']) => [name, version] as const);
}

describe('docs/dependencies.md', () => {
  it('has every npm dependency at its version', async () => {
    const { dependencies, devDependencies } = JSON.parse(await file('package.json')) as Packages;
    const all = { ...dependencies, ...devDependencies };
    expect(Object.fromEntries(Object.keys(all).map((name) => [name, documented(name)]))).toEqual(
      all,
    );
  });

  it('has every Python requirement at its version', async () => {
    for (const requirements of [
      'requirements.in',
      'requirements-go.txt',
      'requirements-c.txt',
      'requirements-ansible.in',
      'requirements-envoy.txt',
    ]) {
      const packages = await pinned(requirements);
      expect(packages).not.toEqual([]);
      for (const [name, version] of packages)
        expect([name, documented(name)]).toEqual([name, version]);
    }
  });

  it('has every Go part at its version', async () => {
    const parts = Object.values(goTools);
    expect(await readdir(new URL('../../lab/parts/go', import.meta.url))).toHaveLength(
      parts.length,
    );
    for (const { package: path, version } of parts) {
      const module = path.split('/').slice(0, 3).join('/');
      expect([path, documented(module)]).toEqual([path, version]);
    }
  });

  it('has every provider at its version', () => {
    for (const { source, version } of Object.values(stackProviders)) {
      expect([source, documented(source)]).toEqual([source, version]);
    }
  });

  it('keeps copyleft for networks out of what a user installs', async () => {
    const { dependencies } = JSON.parse(await file('package.json')) as Packages;
    const affero = rows.filter((cells) => cells.some((cell) => cell.startsWith('AGPL')));
    expect(affero).toHaveLength(1);
    for (const [, name = ''] of affero)
      expect(dependencies).not.toHaveProperty([name.replaceAll('`', '')]);
  });
});
