import { endpoint } from '../endpoint.ts';
import { normalJson } from '../../provider-protocol/go-json.ts';
import { segment, type OpenBao } from '../openbao.ts';
import { Refused, type Change, type Found, type Row } from '../row.ts';
import { isList, isMap, isZero, type Value, type Values } from '../../provider-protocol/value.ts';

export const kvBackendV2 = endpoint({
  id: '{mount}/config',
  rules: { mount: { forceNew: true } },
  send: { max_versions: 'always', cas_required: 'always', delete_version_after: 'always' },
  read: ['max_versions', 'cas_required'],
  readIfPresent: ['delete_version_after'],
  decode: { delete_version_after: seconds },
  keep: true,
});

/** A duration as Go writes it (`1h30m0s`), in seconds. */
export function seconds(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw;
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  let total = 0;
  for (const [, amount, unit] of raw.matchAll(/([\d.]+)(ms|h|m|s)/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return total;
}

const metadataFields = {
  max_versions: 'max_versions',
  cas_required: 'cas_required',
  delete_version_after: 'delete_version_after',
  custom_metadata: 'data',
} as const;

/** One secret. Its value is never read back into the state. */
export const kvSecretV2: Row = {
  rules: {
    mount: { forceNew: true },
    name: { forceNew: true },
    disable_read: { default: false },
    delete_all_versions: { default: false },
    data_json: { normalize: normalJson },
    custom_metadata: { computed: true },
  },
  validate(config) {
    const json = config['data_json'] ?? null;
    const writeOnly = config['data_json_wo'] ?? null;
    if (json !== null && writeOnly !== null) return 'data_json and data_json_wo exclude each other';
    if ((config['data_json_wo_version'] ?? null) !== null && writeOnly === null) {
      return 'data_json_wo_version needs data_json_wo';
    }
    return jsonProblem('data_json', json) ?? jsonProblem('data_json_wo', writeOnly);
  },
  async write(bao, change) {
    const id = secretPath(change.text('mount'), 'data', change.text('name'));
    await bao.write(segment(id), {
      data: secretData(change),
      cas: change.orZero('cas'),
      options: change.orZero('options'),
    });
    change.made(id);
    const [block] = listOf(change.get('custom_metadata'));
    if (!isMap(block ?? null)) return;
    const path = secretPath(change.text('mount'), 'metadata', change.text('name'));
    const set = Object.entries(metadataFields)
      .map(([wire, name]) => [wire, (block as Values)[name] ?? null] as const)
      .filter(([, value]) => !isZero(value));
    await bao.write(segment(path), Object.fromEntries(set));
  },
  async read(bao, id, state) {
    const match = /^(.+?)\/data\/(.+)$/s.exec(id);
    if (match === null)
      throw new Refused(`"${id}" is no id of a secret; it has the form mount/data/name`);
    const [, mount = '', name = ''] = match;
    const place = { path: id, mount, name };
    if (state['disable_read'] === true) return place;
    const answer = await bao.read(segment(id));
    if (answer === null) return undefined;
    const metadata = answer.data?.['metadata'];
    if (typeof metadata !== 'object' || metadata === null) return { ...place, data: {} };
    return {
      ...place,
      data: {},
      metadata: texts(metadata as Found),
      ...('custom_metadata' in metadata ? await readMetadata(bao, mount, name) : {}),
    };
  },
  async remove(bao, _id, state) {
    const all = state['delete_all_versions'] === true;
    const { mount, name } = state;
    if (typeof mount !== 'string' || typeof name !== 'string') return;
    await bao.remove(segment(secretPath(mount, all ? 'metadata' : 'data', name)));
  },
};

export function secretPath(mount: string, kind: 'data' | 'metadata', name: string): string {
  return `${mount}/${kind}/${name}`;
}

function secretData(change: Change): unknown {
  if (change.has('data_json')) return JSON.parse(change.text('data_json'));
  const value = change.config['data_json_wo'];
  const isDue = change.isNew || change.changes('data_json_wo_version');
  if (!isDue || typeof value !== 'string') {
    // The real provider fails here with a syntax error of an empty text; this says what to do.
    throw new Refused('to write the secret again, raise data_json_wo_version beside data_json_wo');
  }
  return JSON.parse(value);
}

async function readMetadata(bao: OpenBao, mount: string, name: string): Promise<Found> {
  const answer = await bao.read(segment(secretPath(mount, 'metadata', name)));
  const data = answer?.data ?? {};
  const block = Object.entries(metadataFields)
    .filter(([wire]) => wire in data)
    .map(([wire, field]) => [
      field,
      wire === 'delete_version_after' ? seconds(data[wire]) : (data[wire] ?? {}),
    ]);
  return { custom_metadata: [Object.fromEntries(block)] };
}

/** A map of texts: what is no text is told as JSON. */
export function texts(data: Found): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

export function jsonProblem(name: string, value: Value): string | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return undefined;
  } catch {
    // The parser's message would show a piece of the text, which is a secret.
  }
  return `${name} is no JSON object`;
}

function listOf(value: Value): readonly Value[] {
  return isList(value) ? value : [];
}
