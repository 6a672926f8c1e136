import { segment, type OpenBao } from '../openbao.ts';
import type { Rule } from '../plan.ts';
import { Refused, type Change, type Found, type Row } from '../row.ts';
import { isList, isMap, unknown, type Value, type Values } from '../../provider-protocol/value.ts';
import { readMount, remount } from './mount.ts';

/** Auth methods and how they are tuned. */

const tuneLists = [
  'audit_non_hmac_request_keys',
  'audit_non_hmac_response_keys',
  'passthrough_request_headers',
  'allowed_response_headers',
] as const;

/** A trailing slash makes no other path; with `disable_remount` a new path makes a new method. */
export const authPathRule: Rule = {
  forceNew: (planned) => planned['disable_remount'] === true,
  same: (prior, next) => `${prior}/` === next || `${next}/` === prior,
};

export function firstTune(value: Value | undefined): Values | undefined {
  const [tune] = isList(value ?? null) ? (value as readonly Value[]) : [];
  return isMap(tune ?? null) ? (tune as Values) : undefined;
}

/** An empty list is sent as one empty text, which is how the server is told to forget the old one. */
export async function writeTune(
  bao: OpenBao,
  path: string,
  tune: Values,
  description?: string,
): Promise<void> {
  const texts = ['listing_visibility', 'token_type'].filter((name) => text(tune, name) !== '');
  await bao.post(`sys/mounts/auth/${segment(path)}/tune`, {
    options: null,
    force_no_cache: false,
    default_lease_ttl: text(tune, 'default_lease_ttl'),
    max_lease_ttl: text(tune, 'max_lease_ttl'),
    ...(description === undefined ? {} : { description }),
    ...Object.fromEntries(texts.map((name) => [name, text(tune, name)])),
    ...Object.fromEntries(
      tuneLists.filter((name) => name in tune).map((name) => [name, list(tune, name)]),
    ),
  });
}

/**
 * What is configured counts, where the server would tell the same in other words or a default of its own:
 * the real provider does so, too, and hence does not see drift of a lease time.
 */
export async function readTune(bao: OpenBao, path: string, state: Values): Promise<Found> {
  const answer = await bao.read(`sys/mounts/auth/${segment(path)}/tune`);
  const data = answer?.data ?? {};
  const known = firstTune(state['tune']);
  const found: Record<string, unknown> = {
    default_lease_ttl: known
      ? text(known, 'default_lease_ttl')
      : duration(data['default_lease_ttl']),
    max_lease_ttl: known ? text(known, 'max_lease_ttl') : duration(data['max_lease_ttl']),
  };
  for (const name of ['listing_visibility', 'token_type'] as const) {
    found[name] = known && text(known, name) === '' ? '' : (data[name] ?? '');
  }
  for (const name of tuneLists) {
    const items = data[name];
    found[name] = Array.isArray(items) && items[0] !== '' ? items : [];
  }
  return { tune: [found] };
}

/** Seconds as Go writes a duration, without zero parts at its end: `1h`, `15m`, `1h0m5s`. */
export function duration(raw: unknown): string {
  const total = typeof raw === 'number' ? raw : 0;
  const [hours, minutes, rest] = [
    Math.floor(total / 3600),
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  if (hours > 0 && minutes === 0 && rest === 0) return `${String(hours)}h`;
  const tail = rest === 0 && total > 0 ? '' : `${String(rest)}s`;
  if (hours > 0) return `${String(hours)}h${String(minutes)}m${tail}`;
  return minutes > 0 ? `${String(minutes)}m${tail}` : tail;
}

export async function enableAuth(bao: OpenBao, change: Change, path: string): Promise<void> {
  await bao.post(`sys/auth/${segment(path)}`, {
    type: change.text('type'),
    description: change.text('description'),
    config: { options: null, default_lease_ttl: '', max_lease_ttl: '', force_no_cache: false },
    local: change.orZero('local'),
    seal_wrap: false,
    external_entropy_access: false,
    options: null,
  });
  change.made(path);
}

export async function moveAuth(bao: OpenBao, change: Change): Promise<string> {
  const path = change.text('path');
  if (change.changes('path')) {
    await remount(bao, `auth/${change.id ?? path}`, `auth/${path}`);
    change.made(path);
  }
  return path;
}

export const authBackend: Row = {
  rules: {
    type: { forceNew: true },
    local: { forceNew: true },
    disable_remount: { default: false },
    path: authPathRule,
  },
  validate: (config) => slashProblem(config['path'] ?? null),
  async write(bao, change) {
    let path = change.text('path') || change.text('type');
    if (change.isNew) await enableAuth(bao, change, path);
    else path = await moveAuth(bao, change);
    const described = !change.isNew && change.changes('description');
    const tune = firstTune(change.get('tune'));
    const tuned = change.isNew ? tune !== undefined : change.changes('tune');
    if (!tuned && !described) return;
    const description = described ? change.text('description') : undefined;
    await writeTune(bao, path, tuned ? (tune ?? {}) : {}, description);
  },
  async read(bao, id, state) {
    const answer = await readMount(bao, id, 'auth/');
    if (answer === undefined) return undefined;
    const { type, description, local, accessor } = answer.data ?? {};
    return { type, path: id, description, local, accessor, ...(await readTune(bao, id, state)) };
  },
  async remove(bao, id) {
    await bao.remove(`sys/auth/${segment(id)}`);
  },
};

function slashProblem(path: Value): string | undefined {
  if (typeof path !== 'string') return undefined;
  return /^\/|\/$/.test(path) ? `the path "${path}" begins or ends with a slash` : undefined;
}

function text(tune: Values, name: string): string {
  const value = tune[name];
  return typeof value === 'string' ? value : '';
}

function list(tune: Values, name: string): readonly Value[] {
  const items = tune[name];
  if (items === unknown) throw new Refused(`tune.${name} is not known`);
  return isList(items ?? null) && (items as readonly Value[]).length > 0
    ? (items as readonly Value[])
    : [''];
}
