import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sops } from '../../lab/parts/python.ts';
import { attempt, example, inside, lineOf, place } from './example.ts';

/** The real `sops`, with an SSH key as its age identity, so that no other tool is needed. */
const missing = ['ssh-keygen'].find(
  (tool) => spawnSync(tool, ['-h'], { stdio: 'ignore' }).error !== undefined,
);

describe.skipIf(missing !== undefined)(
  `a declaration that the real sops encrypted (${missing === undefined ? 'run' : `no ${missing} on PATH`})`,
  () => {
    let directory = '';
    let remove = () => Promise.resolve();
    beforeAll(async () => {
      ({ directory, remove } = await place());
      const { path } = await sops(() => undefined);
      vi.stubEnv('PATH', `${dirname(path)}${delimiter}${process.env['PATH'] ?? ''}`);
      const key = join(directory, 'identity');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
      vi.stubEnv('SOPS_AGE_SSH_PRIVATE_KEY_FILE', key);
      vi.stubEnv('SOPS_AGE_RECIPIENTS', (await readFile(`${key}.pub`, 'utf8')).trim());
    });
    afterAll(async () => {
      vi.unstubAllEnvs();
      await remove();
    });

    /** Encrypts the values whose keys match; the others stay readable in a review. */
    async function encrypt(text: string, keys: string): Promise<string> {
      const file = join(directory, 'backbone.yaml');
      await writeFile(file, text);
      execFileSync('sops', ['encrypt', '--in-place', '--encrypted-regex', keys, file]);
      return file;
    }

    it('is taken as it was before', async () => {
      const plain = join(directory, 'plain.yaml');
      await writeFile(plain, example);
      const file = await encrypt(example, '^(address|endpoint|vmid|from|started)$');
      const text = await readFile(file, 'utf8');
      expect(text).not.toContain('192.0.2.31');
      expect((await attempt(file)).loaded?.declaration).toEqual(
        (await attempt(plain)).loaded?.declaration,
      );
    });

    it('is taken with every value encrypted', async () => {
      const file = await encrypt(example, '');
      expect((await attempt(file)).error?.message).toBeUndefined();
    });

    it('is refused with its own line and without the value', async () => {
      const edit = inside('  network-agent:', '192.0.2.65/32', '203.0.113.0/20');
      const file = await encrypt(edit(example), '^from$');
      const { refusals, error } = await attempt(file);
      expect(refusals.map(({ field }) => field)).toEqual(['consumers.network-agent.from[0]']);
      const text = await readFile(file, 'utf8');
      expect(refusals[0]?.line).toBe(lineOf(text, '- ENC[', '    network-agent:'));
      expect(JSON.stringify(error)).not.toContain('203.0.113');
    });

    it('is refused with the reason of sops where the key is another', async () => {
      const file = await encrypt(example, '^pool$');
      vi.stubEnv('SOPS_AGE_SSH_PRIVATE_KEY_FILE', join(directory, 'nowhere'));
      await expect(attempt(file)).rejects.toThrow(/sops decrypt .* failed: /);
      vi.stubEnv('SOPS_AGE_SSH_PRIVATE_KEY_FILE', join(directory, 'identity'));
    });

    it('is refused where somebody changed a clear value after encryption', async () => {
      const file = await encrypt(example, '^pool$');
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace('192.0.2.65/32', '192.0.2.67/32'));
      await expect(attempt(file)).rejects.toThrow(/MAC mismatch/);
    });
  },
);
