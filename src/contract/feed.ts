import { number, objects, text, type Shape } from './shape.ts';

/** What the feeder of the egress proxy keeps in files; only its own host is told. */
export interface FeedContract {
  /** Seconds for which a value stays after OpenBao was last seen. */
  readonly keepFor: number;
  readonly upstreams: readonly {
    readonly name: string;
    /** KV-v2 data path, and the field of it. */
    readonly path: string;
    readonly field: string;
    /** What stands before the value in the header; empty for nothing. */
    readonly prefix: string;
  }[];
}

export function parseFeed(shape: Shape): FeedContract {
  return {
    keepFor: number(shape, 'keepFor'),
    upstreams: objects(shape, 'upstreams').map((one) => ({
      name: text(one, 'name'),
      path: text(one, 'path'),
      field: text(one, 'field'),
      prefix: one.value['prefix'] === '' ? '' : text(one, 'prefix'),
    })),
  };
}
