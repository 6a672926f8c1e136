import type { Schema, Values } from './parameters.ts';
import type { Runtime } from './runtime.ts';
import type { State } from './state.ts';

/** One API call, past the token check. */
export interface Call {
  readonly state: State;
  readonly runtime: Runtime;
  /** Nodes of the cluster. */
  readonly nodes: readonly string[];
  /** The token without its secret: `user@realm!name`. */
  readonly user: string;
  /** Parameters in the path, e.g. `node` and `vmid`. */
  readonly path: Readonly<Record<string, string>>;
  /** Query and body together. */
  readonly form: URLSearchParams;
}

/** One API method. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below /api2/json, e.g. `nodes/:node/lxc`. */
  readonly path: string;
  readonly parameters?: Schema;
  /** @returns the `data` of the answer, or a promise of it */
  readonly answer: (call: Call, values: Values) => unknown;
}
