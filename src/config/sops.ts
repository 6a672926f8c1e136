import { UserError } from '../user-error.ts';
import type { Path } from './refusal.ts';

/** True for a file that SOPS wrote: it keeps its own metadata under `sops`. */
export function isSops(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { sops } = value;
  return isRecord(sops) && ('mac' in sops || 'version' in sops);
}

/** A single encrypted value: `ENC[AES256_GCM,data:...]`. */
export function isEncrypted(value: unknown): boolean {
  return typeof value === 'string' && /^ENC\[[A-Z0-9_]+,data:/.test(value);
}

/**
 * The decrypted content, in memory alone, without the `sops` metadata. Keys stay in clear text in a SOPS
 * file, so the lines of the encrypted file hold for it.
 *
 * @throws UserError if `sops` is not there or cannot decrypt, with its reason.
 */
export async function decrypt(file: string): Promise<unknown> {
  // Loaded here, as most declarations are not encrypted and it is a hundred modules.
  const { execa } = await import('execa');
  const result = await execa(
    'sops',
    ['decrypt', '--input-type', 'yaml', '--output-type', 'json', file],
    { reject: false, stdin: 'ignore', maxBuffer: 32 * 1024 * 1024 },
  );
  if (result.code === 'ENOENT') {
    throw new UserError(
      `${file} is encrypted with SOPS, and there is no \`sops\` on PATH: ` +
        'install it (https://github.com/getsops/sops), 3.9 or later',
    );
  }
  if (result.failed) {
    throw new UserError(
      `\`sops decrypt ${file}\` failed: ${reason(result.stderr)}\n` +
        'It needs one of the keys that the file was encrypted for, e.g. in SOPS_AGE_KEY_FILE.',
    );
  }
  try {
    const content = JSON.parse(result.stdout) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(content).filter(([key]) => key !== 'sops'));
  } catch {
    // The parser's message would quote the decrypted text.
    throw new UserError(`\`sops decrypt ${file}\` answered no JSON: is it 3.9 or later?`);
  }
}

/** Paths of the values that were encrypted: they are never shown, whatever is wrong with them. */
export function encryptedPaths(value: unknown, path: Path = []): readonly Path[] {
  if (isEncrypted(value)) return [path];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => encryptedPaths(item, [...path, index]));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => encryptedPaths(item, [...path, key]));
}

function reason(stderr: string): string {
  const text = stderr.replaceAll(/[^\n\x20-\x7e]/g, '').trim();
  return text === '' ? 'it gave no reason' : text.slice(0, 2000);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
