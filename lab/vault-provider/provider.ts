import { checkConfiguration, ConfigurationError, connection } from './configuration.ts';
import { problem, warning, type Diagnostic } from './diagnostics.ts';
import { decodeValue, encodeValue } from './dynamic-value.ts';
import { OpenBao } from './openbao.ts';
import { plan, refresh, settle, withoutUnknowns } from './plan.ts';
import { Change, Refused, type Found, type Row } from './row.ts';
import { toMessage, typeOf, type ProviderSchema, type Schema } from './schema.ts';
import { dataSources, ephemeralResources, resources, type Read } from './table.ts';
import {
  fromJson,
  isMap,
  mapValues,
  unknown,
  type Type,
  type Value,
  type Values,
} from './value.ts';
import type * as rpc from './rpc.ts';

const about = 'STAND-IN for the provider hashicorp/vault 5.6.0: credential-backbone, lab only';

/** The calls of the plugin protocol. One process serves one provider block, so there is one configuration. */
export class Provider {
  private config: Values = {};
  private client: OpenBao | undefined;

  constructor(
    private readonly schema: ProviderSchema,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  getSchema() {
    return {
      provider: toMessage(this.schema.provider, about),
      resource_schemas: mapValues(this.schema.resource_schemas, (each) => toMessage(each)),
      data_source_schemas: mapValues(this.schema.data_source_schemas, (each) => toMessage(each)),
      ephemeral_resource_schemas: mapValues(this.schema.ephemeral_resource_schemas, (each) =>
        toMessage(each),
      ),
    };
  }

  prepareProviderConfig({ config }: rpc.ConfigRequest) {
    return { prepared_config: config };
  }

  /** Values may be unknown while planning; whether they suffice shows when the server is first asked. */
  configure({ config }: rpc.ConfigRequest): { diagnostics: Diagnostic[] } {
    this.config = decodeObject(config, this.schema.provider) ?? {};
    this.client = undefined;
    try {
      checkConfiguration(this.config, this.env);
    } catch (error) {
      return { diagnostics: [this.problem(error, 'the configuration')] };
    }
    return { diagnostics: [warning('The vault provider is a stand-in', standInNotice)] };
  }

  validateResource({ type_name, config }: rpc.TypeConfigRequest) {
    const { row, schema } = this.resource(type_name);
    const wrong = row.validate?.(decodeObject(config, schema) ?? {});
    if (wrong === undefined) return {};
    return { diagnostics: [this.problem(new Refused(wrong), `the check of ${type_name}`)] };
  }

  upgradeState({ type_name, raw_state }: rpc.StoredState) {
    const type = typeOf(this.resource(type_name).schema.block);
    try {
      if (raw_state.json.length === 0) {
        throw new Refused(
          'the state is of Terraform 0.11 or older; upgrade it with the real provider',
        );
      }
      const raw: unknown = JSON.parse(raw_state.json.toString('utf8'));
      return { upgraded_state: { msgpack: encodeValue(fromJson(raw, type), type) } };
    } catch (error) {
      return { diagnostics: [this.problem(error, `reading the state of ${type_name}`)] };
    }
  }

  async read({ type_name, current_state, private: kept }: rpc.ReadRequest) {
    const { row, schema } = this.resource(type_name);
    const state = decodeObject(current_state, schema);
    if (state === null) return { new_state: current_state, private: kept };
    try {
      const found = await row.read(this.bao(), idOf(state), state);
      if (found === undefined) return { new_state: encodeObject(null, schema), private: kept };
      const types = typeOf(schema.block)[1];
      const next = mapValues(types, (type, name) =>
        name in found
          ? refresh(state[name] ?? null, attribute(found, name, type))
          : (state[name] ?? null),
      );
      return { new_state: encodeObject(next, schema), private: kept };
    } catch (error) {
      const doing = `reading ${type_name} "${idOf(state)}"`;
      return { new_state: current_state, private: kept, diagnostics: [this.problem(error, doing)] };
    }
  }

  async plan(request: rpc.PlanRequest) {
    const { row, schema } = this.resource(request.type_name);
    const prior = decodeObject(request.prior_state, schema);
    const config = decodeObject(request.config, schema);
    const reply = { planned_private: request.prior_private, legacy_type_system: true };
    if (config === null || decodeObject(request.proposed_new_state, schema) === null) {
      return { ...reply, planned_state: encodeObject(null, schema) };
    }
    const { planned, replace } = plan(schema, row.rules, prior, config);
    try {
      const outdated = prior === null ? [] : ((await row.outdated?.(this.bao(), prior)) ?? []);
      const anew = outdated.map((name): [string, Value] => [name, unknown]);
      return {
        ...reply,
        planned_state: encodeObject({ ...planned, ...Object.fromEntries(anew) }, schema),
        requires_replace: [...replace, ...outdated].map((name) => ({
          steps: [{ attribute_name: name }],
        })),
      };
    } catch (error) {
      const doing = `planning ${request.type_name} "${idOf(prior)}"`;
      return { ...reply, diagnostics: [this.problem(error, doing)] };
    }
  }

  async apply(request: rpc.ApplyRequest) {
    const { row, schema } = this.resource(request.type_name);
    const prior = decodeObject(request.prior_state, schema);
    const planned = decodeObject(request.planned_state, schema);
    const reply = { private: request.planned_private, legacy_type_system: true };
    if (planned === null) {
      try {
        if (prior !== null) await row.remove(this.bao(), idOf(prior), prior);
        return { ...reply, new_state: encodeObject(null, schema) };
      } catch (error) {
        const doing = `deleting ${request.type_name} "${idOf(prior)}"`;
        const diagnostics = [this.problem(error, doing)];
        return { ...reply, new_state: encodeObject(prior, schema), diagnostics };
      }
    }
    const config = decodeObject(request.config, schema) ?? {};
    const { state, diagnostics } = await this.write(request.type_name, prior, planned, config);
    return { ...reply, new_state: encodeObject(state, schema), diagnostics };
  }

  importState({ type_name, id }: rpc.ImportRequest) {
    const { row, schema } = this.resource(type_name);
    if (row.importable === false) {
      const error = new Refused(
        'the real provider cannot import this type, so neither can this one',
      );
      return { diagnostics: [this.problem(error, `the import of ${type_name}`)] };
    }
    const types = typeOf(schema.block)[1];
    const empty = mapValues(types, (_, name) => (name in schema.block.block_types ? [] : null));
    return { imported_resources: [{ type_name, state: encodeObject({ ...empty, id }, schema) }] };
  }

  async readData({ type_name, config }: rpc.TypeConfigRequest) {
    const read = dataSources[type_name];
    const { state, diagnostics } = await this.readOnly(
      `the data source ${type_name}`,
      read,
      this.schema.data_source_schemas[type_name],
      config,
    );
    return { state, diagnostics };
  }

  async openEphemeral({ type_name, config }: rpc.TypeConfigRequest) {
    const read = ephemeralResources[type_name];
    const { state, diagnostics } = await this.readOnly(
      `the ephemeral resource ${type_name}`,
      read,
      this.schema.ephemeral_resource_schemas[type_name],
      config,
    );
    return { result: state, diagnostics };
  }

  private async write(typeName: string, prior: Values | null, planned: Values, config: Values) {
    const { row, schema } = this.resource(typeName);
    const types = typeOf(schema.block)[1];
    const change = new Change(prior, planned, config, types);
    try {
      await row.write(this.bao(), change);
      const before = { ...known(planned), id: change.id ?? null };
      const read = await row.read(this.bao(), change.id ?? '', before);
      if (read === undefined) throw new Refused('it was written, but cannot be found');
      const found: Found = { ...change.told, ...read, id: change.id };
      const state = mapValues(types, (type, name) => {
        const value = planned[name] ?? null;
        if (name in found) return settle(type, value, attribute(found, name, type));
        return value === unknown ? null : value;
      });
      return { state, diagnostics: [] };
    } catch (error) {
      const doing = `${prior === null ? 'creating' : 'changing'} ${typeName}`;
      // What exists must not be lost: Terraform marks it as tainted and makes it anew.
      const made = prior === null && change.id !== undefined;
      const state = made ? { ...known(planned), id: change.id ?? null } : prior;
      return { state, diagnostics: [this.problem(error, doing)] };
    }
  }

  private async readOnly(
    doing: string,
    read: Read | undefined,
    schema: Schema | undefined,
    dynamic: rpc.Dynamic,
  ): Promise<{ state?: rpc.Dynamic; diagnostics: Diagnostic[] }> {
    try {
      if (read === undefined || schema === undefined) throw new Refused('it is not served');
      const config = decodeObject(dynamic, schema) ?? {};
      const found = await read(this.bao(), config);
      const types = typeOf(schema.block)[1];
      const state = mapValues(types, (type, name) =>
        name in found ? attribute(found, name, type) : (config[name] ?? null),
      );
      return { state: encodeObject(state, schema), diagnostics: [] };
    } catch (error) {
      return { diagnostics: [this.problem(error, doing)] };
    }
  }

  private bao(): OpenBao {
    this.client ??= new OpenBao(connection(this.config, this.env));
    return this.client;
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
    const tokens = [this.config['token'], this.env['VAULT_TOKEN'], this.env['BAO_TOKEN']];
    const secrets = tokens.filter(
      (each): each is string => typeof each === 'string' && each !== '',
    );
    return problem(error, doing, secrets);
  }
}

const standInNotice =
  'This is the stand-in of the lab for hashicorp/vault 5.6.0, which could not be had on this machine. ' +
  'It writes to a real OpenBao, and knows only the resource types that this project uses. ' +
  'Never use it for a real deployment.';

function attribute(found: Found, name: string, type: Type) {
  try {
    const raw = found[name];
    const isEmptyList =
      raw === null && typeof type !== 'string' && ['list', 'set'].includes(type[0]);
    return isEmptyList ? [] : fromJson(raw, type);
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw new Refused(`the server's value of ${name} is not understood: ${why}`);
  }
}

function idOf(state: Values | null): string {
  const id = state?.['id'];
  return typeof id === 'string' ? id : '';
}

function known(planned: Values): Values {
  const value = withoutUnknowns(planned);
  return isMap(value) ? value : {};
}

function decodeObject({ msgpack }: rpc.Dynamic, { block }: Schema): Values | null {
  const value = decodeValue(msgpack, typeOf(block));
  return isMap(value) ? value : null;
}

function encodeObject(value: Values | null, { block }: Schema): rpc.Dynamic {
  return { msgpack: encodeValue(value, typeOf(block)) };
}
