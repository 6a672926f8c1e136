import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import type { z } from 'zod';

/**
 * Writes a file readable by its owner only, complete or not at all: a kill in between leaves the
 * previous content.
 */
export async function writePrivate(path: string, content: string): Promise<void> {
  const scratch = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(scratch, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(scratch, path);
}

/**
 * A JSON file behind a schema; one that is missing gives undefined.
 *
 * @throws Error  when it is there but is not what the lab writes, naming the path, never the content
 */
export async function readState<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error(
      `${path} is damaged. Delete it (sessions of the lab's AWS end) and start again.`,
    );
  }
  const result = schema.safeParse(parsed);
  if (result.success) return result.data;
  throw new Error(
    `${path} was written by another version of the lab. Delete it and start the lab again.`,
  );
}

/** Runs writes one after another; the last state always wins. */
export function serialWriter(write: () => Promise<void>): () => Promise<void> {
  let tail: Promise<void> = Promise.resolve();
  return () => {
    tail = tail.then(write, write);
    return tail;
  };
}
