import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../user-error.ts';
import { parseStack } from './parse.ts';
import type { Synthesized } from './resource.ts';

/**
 * Every stack in a directory that synth has written (`cdktf.out`), by name.
 *
 * @throws UserError  there is none, or one cannot be read
 */
export async function readSynthesized(directory: string): Promise<Synthesized> {
  const stacks = join(directory, 'stacks');
  const names = await readdir(stacks).catch(() => {
    throw new UserError(`${directory} holds no synthesized stacks; run \`backbone synth\` first`);
  });
  return {
    stacks: await Promise.all(
      names.sort().map(async (name) => {
        const file = join(stacks, name, 'cdk.tf.json');
        const text = await readFile(file, 'utf8').catch(() => {
          throw new UserError(`${file} cannot be read`);
        });
        return parseStack(name, text, file);
      }),
    ),
  };
}
