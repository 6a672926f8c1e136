import { mayShow, secretKind } from '../redact.ts';
import type { Finding, Path } from '../refusal.ts';
import { isEncrypted } from '../sops.ts';
import type { Rule } from './rule.ts';

/** Long random-looking text belongs here: public keys, a checksum, an id that is no secret. */
const publicRandomness = [
  /^proxmox\.sshPublicKeys\.\d+$/,
  /^proxmox\.template\.checksum$/,
  /^openbao\.operatorAuth\.clientId$/,
  /^infisical\.organizationId$/,
  /^infisical\.githubSyncs\.[^.]+\.connection$/,
  /^secrets\.[^.]+\.unifi\.certificateSha256$/,
];

const mayBeRandom = (path: Path) =>
  publicRandomness.some((pattern) => pattern.test(path.join('.')));

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
/** Characters that reorder or hide text, so that a reviewer reads something else (CVE-2021-42574). */
const hidden = /[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

/** Keys and texts that would mean something else to Terraform, to a reader, or to an attacker. */
export const text: Rule = ({ raw }) => visit(raw, []);

function visit(value: unknown, path: Path): readonly Finding[] {
  if (typeof value === 'string') return textFindings(value, path, false);
  if (Array.isArray(value)) return value.flatMap((item, index) => visit(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = [...path, key];
    return [...textFindings(key, here, true), ...visit(item, here)];
  });
}

function textFindings(value: string, path: Path, aboutKey: boolean): readonly Finding[] {
  const what = aboutKey ? 'the key' : 'the text';
  const find = (problem: string, fix: string, received?: string): readonly Finding[] => [
    {
      path,
      problem,
      fix,
      ...(aboutKey ? { aboutKey } : {}),
      ...(received === undefined ? {} : { received }),
    },
  ];
  if (isEncrypted(value)) {
    return find(
      'an encrypted value in a file without the metadata of SOPS',
      'restore the `sops` section that was written with it',
      'an encrypted value (not shown)',
    );
  }
  if (value.includes('${') || value.includes('%{')) {
    return find(
      `${what} holds "\${" or "%{", which Terraform would evaluate`,
      'write plain text without it',
      mayShow(value) ? JSON.stringify(value) : `${what} (not shown)`,
    );
  }
  // A private key has lines, so it is told before its line ends are.
  const kind = secretKind(value);
  const isPrivateKey = kind?.includes('private key') === true;
  if (kind !== undefined && (isPrivateKey || !mayBeRandom(path))) {
    return find(
      `${what} looks like ${kind}`,
      isPrivateKey
        ? 'write the public half; a private key that stood in a file is to be replaced'
        : 'remove it and replace it where it is valid: this file names secrets, ' +
            '`backbone secret put` takes their values',
      `${what} (not shown)`,
    );
  }
  if (control.test(value)) {
    return find(`${what} holds a line end or a control character`, 'write one line of plain text');
  }
  if (hidden.test(value)) {
    return find(`${what} holds an invisible or direction-changing character`, 'type it anew');
  }
  return [];
}
