/** Requests of the plugin protocol, as `tfplugin5.proto` describes them. */

export interface Dynamic {
  readonly msgpack: Uint8Array;
}

export interface ConfigRequest {
  readonly config: Dynamic;
}

export interface TypeConfigRequest {
  readonly type_name: string;
  readonly config: Dynamic;
}

export interface StoredState {
  readonly type_name: string;
  readonly raw_state: { readonly json: Buffer };
}

export interface ReadRequest {
  readonly type_name: string;
  readonly current_state: Dynamic;
  readonly private: Buffer;
}

export interface PlanRequest {
  readonly type_name: string;
  readonly prior_state: Dynamic;
  readonly proposed_new_state: Dynamic;
  readonly config: Dynamic;
  readonly prior_private: Buffer;
}

export interface ApplyRequest {
  readonly type_name: string;
  readonly prior_state: Dynamic;
  readonly planned_state: Dynamic;
  readonly config: Dynamic;
  readonly planned_private: Buffer;
}

export interface ImportRequest {
  readonly type_name: string;
  readonly id: string;
}
