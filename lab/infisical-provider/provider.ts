import { decodeValue, encodeValue } from '../provider-protocol/dynamic-value.ts';
import type * as rpc from '../provider-protocol/rpc.ts';
import {
  toMessage,
  typeOf,
  type ProviderSchema,
  type Schema,
} from '../provider-protocol/schema.ts';
import { fromJson, isMap, mapValues, unknown, type Values } from '../provider-protocol/value.ts';
import { Api, ConfigurationError, loginFrom } from './api.ts';
import { problem, type Diagnostic } from './diagnostics.ts';
import { plan } from './plan.ts';
import type { Found, Row } from './row.ts';
import { resources } from './table.ts';

const about =
  'STAND-IN for the provider infisical/infisical 0.19.24: credential-backbone, lab only';

const notice =
  'This is the stand-in of the lab for infisical/infisical 0.19.24, which could not be had on this ' +
  'machine. It knows only the resource types that this project uses. Never use it for a real deployment.';

/** The calls of the plugin protocol. One process serves one provider block, so there is one login. */
export class Provider {
  private api: Api | undefined;

  constructor(
    private readonly schema: ProviderSchema,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  getSchema() {
    return {
      provider: toMessage(this.schema.provider, about),
      resource_schemas: mapValues(this.schema.resource_schemas, (each) => toMessage(each)),
    };
  }

  /** Logs in at once, as the real one does: a plan and an apply are two uses of the client secret. */
  async configure({ config }: rpc.ConfigRequest): Promise<{ diagnostics: Diagnostic[] }> {
    try {
      const values = decodeObject(config, this.schema.provider) ?? {};
      this.api = await Api.open(loginFrom(hostOf(values), this.env));
      const summary = 'The infisical provider is a stand-in';
      return { diagnostics: [{ severity: 2, summary, detail: notice }] };
    } catch (error) {
      return { diagnostics: [this.problem(error, 'the login')] };
    }
  }

  validateResource({ type_name, config }: rpc.TypeConfigRequest) {
    const { row, schema } = this.resource(type_name);
    const wrong = row.validate?.(decodeObject(config, schema) ?? {});
    if (wrong === undefined) return {};
    return { diagnostics: [this.problem(new Error(wrong), `the check of ${type_name}`)] };
  }

  upgradeState({ type_name, raw_state }: rpc.StoredState) {
    const type = typeOf(this.resource(type_name).schema.block);
    const raw: unknown = JSON.parse(raw_state.json.toString('utf8'));
    return { upgraded_state: { msgpack: encodeValue(fromJson(raw, type), type) } };
  }

  async read({ type_name, current_state, private: kept }: rpc.ReadRequest) {
    const { row, schema } = this.resource(type_name);
    const state = decodeObject(current_state, schema);
    if (state === null) return { new_state: current_state, private: kept };
    try {
      const found = await row.read(this.server(), state);
      const next = found === undefined ? null : merged(schema, state, found);
      return { new_state: encodeObject(next, schema), private: kept };
    } catch (error) {
      const diagnostics = [this.problem(error, `reading ${type_name}`)];
      return { new_state: current_state, private: kept, diagnostics };
    }
  }

  plan(request: rpc.PlanRequest) {
    const { row, schema } = this.resource(request.type_name);
    const config = decodeObject(request.config, schema);
    const proposed = decodeObject(request.proposed_new_state, schema);
    const planned_private = request.prior_private;
    if (config === null || proposed === null) {
      return { planned_state: encodeObject(null, schema), planned_private };
    }
    const prior = decodeObject(request.prior_state, schema);
    const { planned, replace } = plan(schema, row.rules, { prior, config, proposed });
    return {
      planned_state: encodeObject(planned, schema),
      planned_private,
      requires_replace: replace.map((name) => ({ steps: [{ attribute_name: name }] })),
    };
  }

  async apply(request: rpc.ApplyRequest) {
    const { row, schema } = this.resource(request.type_name);
    const prior = decodeObject(request.prior_state, schema);
    const planned = decodeObject(request.planned_state, schema);
    const done = (state: Values | null, diagnostics: readonly Diagnostic[] = []) => ({
      new_state: encodeObject(state, schema),
      private: request.planned_private,
      diagnostics,
    });
    const work = planned === null ? 'deleting' : prior === null ? 'creating' : 'changing';
    try {
      if (planned === null) {
        if (prior !== null) await row.remove(this.server(), prior);
        return done(null);
      }
      const found =
        prior === null
          ? await row.create(this.server(), planned)
          : await row.update(this.server(), planned, prior);
      return done(merged(schema, planned, found));
    } catch (error) {
      return done(prior, [this.problem(error, `${work} ${request.type_name}`)]);
    }
  }

  importState({ type_name }: rpc.ImportRequest) {
    const error = new Error('the stand-in imports nothing; use the real provider 0.19.24');
    return { diagnostics: [this.problem(error, `the import of ${type_name}`)] };
  }

  private server(): Api {
    if (this.api === undefined) throw new ConfigurationError('the provider is not configured');
    return this.api;
  }

  private resource(typeName: string): { row: Row; schema: Schema } {
    const row = resources[typeName];
    const schema = this.schema.resource_schemas[typeName];
    if (row === undefined || schema === undefined) {
      throw new ConfigurationError(`the stand-in does not serve the resource type ${typeName}`);
    }
    return { row, schema };
  }

  private problem(error: unknown, doing: string): Diagnostic {
    const secret = this.env['INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET'] ?? '';
    return problem(error, doing, secret === '' ? [] : [secret]);
  }
}

/**
 * Settings that the stand-in honours; anything else that is set is refused, never passed over.
 *
 * @throws ConfigurationError
 */
function hostOf({ host, auth, ...others }: Values): string | undefined {
  const extra = Object.entries(others).find(([, value]) => value !== null)?.[0];
  if (extra !== undefined) {
    throw new ConfigurationError(
      `The stand-in does not know "${extra}": leave the login to the environment.`,
    );
  }
  const methods = isMap(auth ?? null) ? Object.entries(auth as Values) : [];
  const unserved = methods.find(([name, value]) => name !== 'universal' && value !== null)?.[0];
  const universal = methods.find(([name]) => name === 'universal')?.[1] ?? null;
  const written = isMap(universal) && Object.values(universal).some((value) => value !== null);
  if (unserved !== undefined || written) {
    throw new ConfigurationError(
      'The stand-in logs in by auth.universal with client id and secret from the environment, no other way.',
    );
  }
  if (host === unknown) throw new ConfigurationError('host is not known yet');
  return typeof host === 'string' ? host : undefined;
}

/** What was planned or kept, with what the server told over it; nothing is unknown afterwards. */
function merged(schema: Schema, base: Values, found: Found): Values {
  return mapValues(typeOf(schema.block)[1], (type, name) => {
    if (name in found) return fromJson(found[name], type);
    const value = base[name] ?? null;
    return value === unknown ? null : value;
  });
}

function decodeObject({ msgpack }: rpc.Dynamic, { block }: Schema): Values | null {
  const value = decodeValue(msgpack, typeOf(block));
  return isMap(value) ? value : null;
}

function encodeObject(value: Values | null, { block }: Schema): rpc.Dynamic {
  return { msgpack: encodeValue(value, typeOf(block)) };
}
