/**
 * Values that were typed in the wrong place. Two questions with two answers: what is refused as a secret
 * (few false alarms), and what may stand in a message at all (rather too little than too much).
 */

const kinds: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/, 'a private key'],
  [/AGE-SECRET-KEY-1/i, 'an age private key'],
  [/\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/, 'an AWS access key'],
  [/\b(hv[sbr]\.|[sbr]\.)[A-Za-z0-9_-]{20,}/, 'an OpenBao or Vault token'],
  [/\b(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}/, 'a GitHub token'],
  [/\bglpat-[A-Za-z0-9_-]{16,}/, 'a GitLab token'],
  [/\bsk-[A-Za-z0-9_-]{16,}/, 'an API key'],
  [/\bxox[abposr]-[A-Za-z0-9-]{10,}/, 'a Slack token'],
  [/\bAIza[A-Za-z0-9_-]{30,}/, 'a Google API key'],
  [/\bdp\.(pt|st|ct|sa|scim|audit)\.[A-Za-z0-9.]{20,}/, 'a Doppler token'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\./, 'a JSON web token'],
  [/^[\w.+-]+@[\w-]+![\w-]+=[0-9a-f-]{36}$/, 'a Proxmox API token'],
  [/^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*:[^/\s@]*@/i, 'a URL with a password in it'],
  [
    /[?&](X-Amz-Signature|X-Amz-Credential|access_token|token|sig|signature|password)=/i,
    'a signed URL',
  ],
  [/\b(password|passwd|secret|token|api_?key)\s*[=:]\s*\S/i, 'a field together with its value'],
  [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'a UUID, as SecretIDs and API keys are'],
  [/^[0-9a-f]{32,}$/i, 'a key in hexadecimal digits'],
];

/** What secret a text looks like, or undefined. */
export function secretKind(text: string): string | undefined {
  const known = kinds.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  // An absolute path is judged name by name: together they are long and of every kind.
  const whole = text.startsWith('/') ? [] : [text];
  return [...text.split(/[\s/:.,"'@]+/), ...whole].some(isRandom)
    ? 'a random string, as keys and passwords are'
    : undefined;
}

/** Long, of all three kinds of letters, and without the repetitions of words. */
function isRandom(text: string): boolean {
  if (text.length < 24 || !/^[A-Za-z0-9+/=_-]+$/.test(text)) return false;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/[0-9]/.test(text)) return false;
  // Words joined by hyphens, such as Prod-Cluster01-us-east-2, have no long run without one.
  if (!/[A-Za-z0-9+/=]{12}/.test(text)) return false;
  return entropy(text) >= 3.8;
}

/** Shannon entropy in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) {
    const share = count / text.length;
    bits -= share * Math.log2(share);
  }
  return bits;
}

const structured: readonly RegExp[] = [
  /^<<$/,
  /^[0-9.]+(\/[0-9]+)?$/,
  /^[0-9a-f:.]*:[0-9a-f:.]*(\/[0-9]+)?$/i,
  /^[0-9]+[a-z]*$/,
  /^[a-z]{2}(-[a-z]+)+-[0-9]$/,
  /^arn:[a-z0-9:/_-]+$/i,
  /^https?:\/\/[^@?#\s]*$/,
];

/** True if a value may stand in a message: short, plain, and nothing like a password. */
export function mayShow(text: string): boolean {
  if (text.length > 64 || secretKind(text) !== undefined) return false;
  if (!/^[\x20-\x7e]*$/.test(text)) return false;
  if (structured.some((pattern) => pattern.test(text))) return true;
  const pieces = text.split(/[\s/.,_:-]+/);
  return (
    pieces.every((piece) => /^[a-z]*[0-9]{0,4}[a-z]*[*?+#{}[\]%$()]*$/i.test(piece)) &&
    text.length < 48
  );
}

/** A value for people: quoted, shortened, or only said to be there. */
export function shown(value: unknown, spelling?: string): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') {
    const text = spelling === undefined || spelling === '' ? value : spelling;
    if (!mayShow(value) || !mayShow(text)) return 'a text (not shown)';
    return JSON.stringify(value);
  }
  const text = spelling ?? JSON.stringify(value);
  return mayShow(text) ? `the ${typeof value} ${text}` : `a ${typeof value} (not shown)`;
}

/** Every text of a tree, keys too, that looks like a secret. */
export function secretTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return secretKind(value) === undefined ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(secretTexts);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap((entry) => entry.flatMap(secretTexts));
}

/** A message about one field may quote another one; this takes these words out of it. */
export function masking(words: readonly unknown[]): <T extends string | undefined>(text: T) => T {
  const patterns = words
    .filter((word) => typeof word === 'string' || typeof word === 'number')
    .map((word) => String(word))
    .filter((word) => word.length > 1)
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  if (patterns.length === 0) return (text) => text;
  const pattern = new RegExp(`(?<![A-Za-z0-9])(${patterns.join('|')})(?![A-Za-z0-9])`, 'g');
  return (text) => text?.replaceAll(pattern, '(not shown)') as typeof text;
}
