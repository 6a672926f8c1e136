import { lstat, readFile, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { DeclarationError } from './refusal.ts';

/** A thousand consumers take about 300 KiB. */
const sizeLimit = 4 * 1024 * 1024;

/** The declaration that the environment names (`BACKBONE_FILE`), else `backbone.yaml` here. Absolute. */
export function declarationFile(
  env: Readonly<Record<string, string | undefined>> = process.env,
  workingDirectory: string = process.cwd(),
): string {
  const named = env['BACKBONE_FILE'];
  const file = named === undefined || named === '' ? 'backbone.yaml' : named;
  return isAbsolute(file) ? file : resolve(workingDirectory, file);
}

/**
 * Text of the file, without a byte order mark.
 *
 * @throws DeclarationError if it is missing, no plain file, unreadable, too large or not UTF-8 text.
 */
export async function readDeclaration(file: string): Promise<string> {
  const refuse = (problem: string, fix: string): never => {
    throw new DeclarationError([
      { file, line: 1, column: 1, field: '', received: undefined, problem, fix },
    ]);
  };
  const bytes = await readPlainFile(file, refuse);
  if (bytes.subarray(0, 2).equals(utf16Little) || bytes.subarray(0, 2).equals(utf16Big)) {
    return refuse('the file is UTF-16', 'save it as UTF-8');
  }
  if (bytes.includes(0)) {
    return refuse(
      'the file holds NUL bytes, so it is no text',
      'write the declaration as UTF-8 text',
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('the file is not UTF-8', 'save it as UTF-8');
  }
}

const utf16Little = Buffer.from([0xff, 0xfe]);
const utf16Big = Buffer.from([0xfe, 0xff]);

async function readPlainFile(
  file: string,
  refuse: (problem: string, fix: string) => never,
): Promise<Buffer> {
  try {
    // Before opening: a named pipe would wait for a writer.
    const { size, isFile, isDirectory } = await kind(file);
    if (isDirectory) refuse('this is a directory', 'name the file in it, e.g. backbone.yaml');
    if (!isFile) refuse('this is not a plain file', 'name a file');
    if (size > sizeLimit) {
      refuse(
        `the file has ${String(size)} bytes, more than ${String(sizeLimit)}`,
        'name a declaration; this looks like something else',
      );
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof DeclarationError) throw error;
    const fault = await faultOf(error, file);
    if (fault === undefined) throw error;
    return refuse(...fault);
  }
}

async function faultOf(error: unknown, file: string): Promise<[string, string] | undefined> {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') {
    return (await isLink(file))
      ? ['the file is a link that leads to nothing', 'mend the link']
      : ['there is no such file', 'write one, or name another with BACKBONE_FILE'];
  }
  return code === undefined ? undefined : faults[code];
}

const faults: Readonly<Record<string, [problem: string, fix: string]>> = {
  ENOTDIR: ['a part of its path is not a directory', 'check the path'],
  ELOOP: ['the file is a link that leads to itself', 'mend the link'],
  EACCES: ['you may not read this file', 'check its mode and owner'],
  EPERM: ['you may not read this file', 'check its mode and owner'],
};

async function kind(file: string) {
  const found = await stat(file);
  return { size: found.size, isFile: found.isFile(), isDirectory: found.isDirectory() };
}

async function isLink(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isSymbolicLink();
  } catch {
    return false;
  }
}
