import type { KvMetadata } from '../client/kv.ts';

/** Where a secret stands by its KV metadata. */
export interface Standing {
  readonly state: 'current' | 'overdue' | 'empty' | 'not deployed';
  /** Overdue, or in the last tenth of its life: what a timer rotates. */
  readonly due: boolean;
  readonly version: number;
  /** ISO 8601; the value must be rotated before. */
  readonly rotateBy: string | undefined;
  readonly owner: string | undefined;
}

/** The part of a value's life that is left when it becomes due, so that it is new before it is overdue. */
const reserve = 0.1;

/** @param now  milliseconds since the epoch */
export function standingOf(metadata: KvMetadata | undefined, now: number): Standing {
  if (metadata === undefined) {
    return {
      ...{ state: 'not deployed', due: false, version: 0 },
      ...{ rotateBy: undefined, owner: undefined },
    };
  }
  const { current_version: version, custom_metadata: custom, versions } = metadata;
  const owner = custom?.['owner'];
  const value = versions[String(version)];
  if (value === undefined || value.destroyed || value.deletion_time !== '') {
    return { state: 'empty', due: false, version, rotateBy: undefined, owner };
  }
  const life = Number(custom?.['rotate_every_seconds'] ?? Number.NaN) * 1000;
  const end = Date.parse(value.created_time) + life;
  const known = Number.isFinite(end);
  return {
    state: known && end > now ? 'current' : 'overdue',
    due: !known || end - life * reserve <= now,
    version,
    rotateBy: known ? new Date(end).toISOString() : undefined,
    owner,
  };
}
