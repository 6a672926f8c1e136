import { textAt, type Located, type View } from '../../../src/review/reach/view.ts';
import { isObject, type Json, type JsonObject } from '../../../src/synthesized/resource.ts';
import { aclRules, isWildcard, may } from './acl.ts';
import type { RuleView } from './rule.ts';

/** Beside the secrets: who has arrived. No value there opens anything. */
const notSecret = ['arrivals'];

export interface KvSecret {
  readonly located: Located;
  /** `<mount>/<path>`. */
  readonly path: string;
  /** Undefined where only the apply tells it. */
  readonly metadata: JsonObject | undefined;
}

/** Every secret whose metadata is written. */
export function kvMetadata(view: View): readonly KvSecret[] {
  return view.of('vault_generic_endpoint').flatMap((located) => {
    const match = /^([\w-]+)\/metadata\/(.+)$/.exec(textAt(located, 'path') ?? '');
    if (match === null) return [];
    const path = `${match[1] ?? ''}/${match[2] ?? ''}`;
    return [{ located, path, metadata: customMetadata(textAt(located, 'data_json')) }];
  });
}

function customMetadata(text: string | undefined): JsonObject | undefined {
  try {
    const json = JSON.parse(text ?? '') as Json;
    const metadata = isObject(json) ? json['custom_metadata'] : undefined;
    return isObject(metadata) ? metadata : undefined;
  } catch {
    return undefined;
  }
}

/** Which consumer reads which static secret, by exact paths: `acl-wildcard` refuses all others. */
export function kvReaders(view: RuleView) {
  const mounts = view
    .of('vault_mount')
    .filter((mount) => textAt(mount, 'type') === 'kv-v2')
    .map((mount) => textAt(mount, 'path') ?? '')
    .filter((path) => !notSecret.includes(path));
  return aclRules(view).flatMap(({ located, policy, stanza }) => {
    if (!policy.startsWith('consumer-') || isWildcard(stanza.path)) return [];
    const mount = mounts.find((path) => stanza.path.startsWith(`${path}/data/`));
    // Whoever also writes it is its rotation, which is no second user of it.
    if (mount === undefined || !may(stanza, 'read') || may(stanza, 'update')) return [];
    const secret = stanza.path.slice(`${mount}/data/`.length);
    return [{ located, policy, secret: `${mount}/${secret}` }];
  });
}
