import type { SecretPath } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import { kvPaths, pendingPaths } from './names.ts';

/** How a secret is rotated: the account whose credential it is, and every path that this needs. */
export interface Rotation {
  readonly data: string;
  readonly metadata: string;
  /** Where the next value is kept until it is in use; whoever holds it holds the rotation. */
  readonly pending: string;
  readonly pendingMetadata: string;
  /** Data path of the secret with which the change is signed in for. */
  readonly login: string;
  readonly controller: string;
  readonly kind: 'os' | 'classic';
  readonly site: string;
  readonly account: 'password' | 'api-key';
  readonly admin: string;
  readonly certificateSha256: string | undefined;
}

/** Undefined for a secret of which no account is declared: people rotate it. */
export function resolveRotation(
  path: SecretPath,
  { unifi }: Declaration['secrets'][SecretPath],
): Rotation | undefined {
  if (unifi === undefined) return undefined;
  const { data, metadata } = kvPaths(path);
  const pending = pendingPaths(path);
  return {
    data,
    metadata,
    pending: pending.data,
    pendingMetadata: pending.metadata,
    login: kvPaths(unifi.login ?? path).data,
    controller: unifi.controller.replace(/\/+$/, ''),
    kind: unifi.kind,
    site: unifi.site,
    account: unifi.account,
    admin: unifi.admin,
    certificateSha256: unifi.certificateSha256,
  };
}
