import { isObject, type Json, type JsonObject } from '../../synthesized/resource.ts';
import { nothing, type Change } from './change.ts';
import { compareLimit } from './limits.ts';
import { place, textAt, type Located, type View } from './view.ts';

/**
 * What Terraform writes to paths of OpenBao's API as they are (`vault_generic_endpoint`). Two kinds are read
 * here: metadata of secrets, of which rung and rotation matter, and the tidying of expired certificates, which
 * takes nothing from anybody that is valid. Anything else may be anything, and is UNKNOWN.
 */
export function compareEndpoints(before: View, after: View): readonly Change[] {
  const [old, now] = [byPath(before), byPath(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .flatMap((path) => compareEndpoint(path, old.get(path), now.get(path)));
}

interface Endpoint {
  readonly located: Located;
  readonly data: string;
  /** Undefined: not one of the two kinds. */
  readonly metadata: JsonObject | undefined;
}

function byPath(view: View): ReadonlyMap<string, Endpoint> {
  const kv = mountsOf(view, 'kv-v2');
  const pki = mountsOf(view, 'pki');
  return new Map(
    view.of('vault_generic_endpoint').map((located) => {
      const path = textAt(located, 'path');
      const data = textAt(located, 'data_json');
      const known =
        path === undefined || data === undefined ? undefined : read(path, data, kv, pki);
      const raw = JSON.stringify([
        located.resource.body['path'],
        located.resource.body['data_json'],
      ]);
      return [path ?? raw, { located, data: data ?? raw, metadata: known }];
    }),
  );
}

function mountsOf(view: View, type: string): readonly string[] {
  return view
    .of('vault_mount')
    .filter((mount) => textAt(mount, 'type') === type)
    .flatMap((mount) => textAt(mount, 'path') ?? []);
}

const tidying: ReadonlySet<string> = new Set([
  ...['enabled', 'interval_duration', 'tidy_cert_store', 'tidy_revoked_certs', 'safety_buffer'],
]);

function read(
  path: string,
  data: string,
  kv: readonly string[],
  pki: readonly string[],
): JsonObject | undefined {
  let json: Json;
  try {
    json = JSON.parse(data) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(json)) return undefined;
  const { custom_metadata: metadata, ...rest } = json;
  if (kv.some((mount) => path.startsWith(`${mount}/metadata/`))) {
    return Object.keys(rest).length === 0 && isObject(metadata) ? metadata : undefined;
  }
  const tidies = pki.some((mount) => path === `${mount}/config/auto-tidy`);
  return tidies && Object.keys(json).every((name) => tidying.has(name)) ? {} : undefined;
}

function compareEndpoint(
  path: string,
  was: Endpoint | undefined,
  is: Endpoint | undefined,
): readonly Change[] {
  const here = is ?? was;
  if (here === undefined || was?.data === is?.data) return [];
  const change = (
    verdict: Change['verdict'],
    what: string,
    before: string,
    after: string,
  ): Change => ({
    ...{ verdict, subject: `API path ${path}`, what, before, after },
    chain: [place(here.located)],
  });
  const strange = [was, is].some((one) => one !== undefined && one.metadata === undefined);
  if (strange) {
    // Its value is not shown: it may be anything, a secret too.
    const side = (one: Endpoint | undefined) => (one === undefined ? nothing : 'written');
    return [change('UNKNOWN', 'what it does is not known here', side(was), side(is))];
  }
  if (was === undefined || is === undefined) return [];
  return [compareRung, compareRotation].flatMap((compare) => {
    const found = compare(was.metadata ?? {}, is.metadata ?? {});
    return found === undefined ? [] : [change(...found)];
  });
}

type Found = readonly [Change['verdict'], string, string, string];
const shown = (value: Json | undefined) => (typeof value === 'string' ? value : nothing);

/** 3 is never seen by its consumer, 1 lives for minutes, 2 is a static value that its consumer sees. */
function compareRung({ rung: was }: JsonObject, { rung: is }: JsonObject): Found | undefined {
  if (was === is) return undefined;
  const verdict =
    is === '2' ? 'WIDENS' : was === '2' && (is === '1' || is === '3') ? 'NARROWS' : 'UNKNOWN';
  return [verdict, 'rung', shown(was), shown(is)];
}

function compareRotation(was: JsonObject, is: JsonObject): Found | undefined {
  const name = 'rotate_every_seconds';
  const verdict = compareLimit('life', was[name], is[name]);
  return verdict === 'SAME' ? undefined : [verdict, name, shown(was[name]), shown(is[name])];
}
