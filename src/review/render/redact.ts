/**
 * What looks like a secret, whoever wrote it into a resource: names of what holds one, and the shapes that keys
 * and tokens have. A review is read in public; a value that was only suspected is a small loss.
 */
const named =
  /("?[\w-]*(?:password|passwd|secret_key|secretkey|client_secret|access_key|api_key|apikey|private_key|token)"?\s*[:=]\s*\\?"?)([^"\\,}\s]+)/gi;
const shaped = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g,
  /\b(?:hvs|hvb|hvr|s|b)\.[A-Za-z0-9_-]{20,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
const secretName =
  /(?:^|[._ ])(?:password|secret_key|client_secret|access_key|api_key|private_key|token|secret_id|value)$/i;

export const hidden = '(hidden)';

/** @param what  the argument that the text is a value of */
export function redacted(text: string, what = ''): string {
  if (secretName.test(what) && text !== '-' && text !== 'there') return hidden;
  const byShape = shaped.reduce((rest, shape) => rest.replace(shape, hidden), text);
  return byShape.replace(named, `$1${hidden}`);
}
