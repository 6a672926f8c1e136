import { matchesSegments } from '../../acl/acl.ts';
import { blocksOf, isObject, type Json } from '../../../synthesized/resource.ts';
import { textAt, type View } from '../view.ts';
import type { Rung, SecretClass } from './grant.ts';

/** What a path of OpenBao holds: its rung and its secret class. */
export interface Labels {
  readonly rung: Rung | undefined;
  readonly secretClass: SecretClass | undefined;
}

/** Labels of a path or pattern, from the mounts and the metadata of secrets in the same output. */
export type Label = (path: string) => Labels;

const none: Labels = { rung: undefined, secretClass: undefined };

export function labelsOf(view: View): Label {
  const kv = mountsOf(view, 'kv', 'kv-v2');
  const pki = mountsOf(view, 'pki');
  const aws = awsMounts(view);
  const rungs = rungsOf(view);
  return (path) => {
    const [mount = '', action = '', ...rest] = path.split('/');
    if (aws.includes(mount) && ['sts', 'creds'].includes(action)) {
      return { rung: 1, secretClass: 'aws-tf-state' };
    }
    if (pki.includes(mount) && ['sign', 'issue'].includes(action)) {
      return { rung: 1, secretClass: 'bootstrap' };
    }
    if (/^auth\/[^/]+\/role\/[^/]+\/secret-id$/.test(path)) {
      return { rung: undefined, secretClass: 'bootstrap' };
    }
    if (!/[+*]/.test(mount) && !kv.includes(mount)) return none;
    const secretClass = action === 'data' && rest[0] === 'unifi' ? 'unifi' : undefined;
    const exact = rungs.get(path);
    if (!/[+*]/.test(path)) return { rung: exact, secretClass };
    // Of all that a pattern reaches, the rung that is furthest from dynamic.
    const reached = [...rungs].filter(([one]) => reaches(path, one)).map(([, rung]) => rung);
    const rung = reached.length === 0 ? undefined : (Math.max(...reached) as Rung);
    return { rung, secretClass };
  };
}

function reaches(pattern: string, path: string): boolean {
  return pattern.includes('+')
    ? matchesSegments(pattern, path)
    : pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}

export function awsMounts(view: View): readonly string[] {
  return view.of('vault_aws_secret_backend').map((one) => bare(textAt(one, 'path') ?? 'aws'));
}

function mountsOf(view: View, ...types: readonly string[]): readonly string[] {
  return view
    .of('vault_mount')
    .filter((one) => types.includes(textAt(one, 'type') ?? ''))
    .map((one) => bare(textAt(one, 'path') ?? ''));
}

export function bare(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}

/** Rung by data path, as the custom metadata of secrets says it. */
function rungsOf(view: View): ReadonlyMap<string, Rung> {
  const found = new Map<string, Rung>();
  for (const located of view.of('vault_generic_endpoint')) {
    const path = textAt(located, 'path');
    const text = textAt(located, 'data_json');
    if (path === undefined || text === undefined) continue;
    const rung = Number(metadataOf(text)?.['rung']);
    if (rung !== 1 && rung !== 2 && rung !== 3) continue;
    found.set(path.replace(/^([^/]+)\/metadata\//, '$1/data/'), rung);
    found.set(path.replace(/^([^/]+)\/metadata\/(.*)$/, '$1/data/$2/pending'), rung);
  }
  return found;
}

function metadataOf(text: string) {
  try {
    const json = JSON.parse(text) as Json;
    return blocksOf(isObject(json) ? json['custom_metadata'] : undefined)[0];
  } catch {
    return undefined;
  }
}
