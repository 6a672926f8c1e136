import { goJson, normalJson } from '../../provider-protocol/go-json.ts';
import { segment } from '../openbao.ts';
import type { Found, Row } from '../row.ts';
import { isList } from '../../provider-protocol/value.ts';
import { jsonProblem, texts } from './kv.ts';

/** Any path of the API, for what has no resource of its own. */
export const genericEndpoint: Row = {
  rules: {
    path: { forceNew: true },
    data_json: { normalize: normalJson },
    disable_read: { default: false },
    disable_delete: { default: false },
    ignore_absent_fields: { default: false },
  },
  validate: (config) => jsonProblem('data_json', config['data_json'] ?? null),
  async write(bao, change) {
    const path = change.text('path');
    const answer = await bao.write(segment(path), JSON.parse(change.text('data_json')) as Found);
    change.made(path);
    const data = answer?.data ?? null;
    change.told = { write_data_json: 'null', write_data: {} };
    if (data === null) return;
    const wanted = change.get('write_fields');
    const kept = Object.fromEntries(
      (isList(wanted) ? wanted : [])
        .filter((field): field is string => typeof field === 'string' && field in data)
        .map((field) => [field, data[field]]),
    );
    change.told = { write_data_json: goJson(kept), write_data: texts(kept) };
  },
  async read(bao, id, state) {
    const flags = {
      disable_read: state['disable_read'] === true,
      ignore_absent_fields: state['ignore_absent_fields'] === true,
    };
    if (flags.disable_read) return flags;
    const answer = await bao.read(segment(id));
    if (answer === null) return undefined;
    const found = answer.data ?? {};
    const data = flags.ignore_absent_fields ? withFound(state['data_json'], found) : found;
    return { ...flags, path: id, data_json: goJson(data) };
  },
  async remove(bao, id, state) {
    if (state['disable_delete'] !== true) await bao.remove(segment(id));
  },
};

/** What the state has, each field as the server has it now; fields that the state lacks are left out. */
function withFound(json: unknown, found: Found): Found {
  const supplied = JSON.parse(typeof json === 'string' ? json : '{}') as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(supplied).map(([key, value]) => [key, key in found ? found[key] : value]),
  );
}
