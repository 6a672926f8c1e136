import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { stackProviders } from '../../lab/providers/mirror.ts';

const locks = new URL('../../locks/', import.meta.url);

describe('committed lock files', async () => {
  it.each(await readdir(locks))('%s locks the provider version of its stack', async (name) => {
    const text = await readFile(new URL(name, locks), 'utf8');
    const provider = stackProviders[name.replace(/\.lock\.hcl$/, '')];
    // One address alone: with OpenTofu's beside it, `terraform init -lockfile=readonly` refuses the file.
    expect([...text.matchAll(/^provider "(.*)" \{$/gm)].map(([, address]) => address)).toEqual([
      `registry.terraform.io/${provider?.source ?? ''}`,
    ]);
    // cdktf requires exact versions, so that the constraint that Terraform writes equals the version.
    expect(/^ {2}version {5}= "(.*)"$/m.exec(text)?.[1]).toBe(provider?.version);
    expect(/^ {2}constraints = "(.*)"$/m.exec(text)?.[1]).toBe(provider?.version);
  });

  it.each(await readdir(locks))(
    '%s covers several platforms, in the order of init',
    async (name) => {
      const text = await readFile(new URL(name, locks), 'utf8');
      const hashes = [...text.matchAll(/^ {4}"(.*)",$/gm)].map(([, hash]) => hash ?? '');
      expect(hashes.filter((hash) => /^h1:[A-Za-z0-9+/]{43}=$/.test(hash)).length).toBeGreaterThan(
        1,
      );
      expect(hashes.filter((hash) => /^zh:[0-9a-f]{64}$/.test(hash)).length).toBeGreaterThan(10);
      expect(hashes).toEqual([...new Set(hashes)].sort());
    },
  );
});
