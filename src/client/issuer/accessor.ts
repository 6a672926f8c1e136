import { UsageError } from '../../usage-error.ts';

/**
 * An accessor that a person gave. It looks like a SecretID, so one that is not in place here is not repeated
 * in a message.
 */
export function accessorOf(word: string): string {
  if (/^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/.test(word)) return word.toLowerCase();
  throw new UsageError(
    'that is no accessor of a SecretID: `backbone secret-id list` shows them (a SecretID or a token is not wanted)',
  );
}
