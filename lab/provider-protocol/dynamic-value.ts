import { decode, encode, ExtData, ExtensionCodec } from '@msgpack/msgpack';
import { canonicalSet, isList, isMap, mapValues, unknown, type Type, type Value } from './value.ts';

/**
 * Terraform's wire form of values: MessagePack guided by the type, with an extension for "unknown".
 * Source: Terraform plugin protocol, object wire format.
 */

const codec = new ExtensionCodec();
// 0 is unknown; 12 is unknown with hints ("not null", "begins with"), which nobody has to use.
for (const type of [0, 12]) {
  codec.register({ type, encode: () => null, decode: (bytes) => new ExtData(type, bytes) });
}

export function decodeValue(bytes: Uint8Array, type: Type): Value {
  return typed(decode(bytes, { extensionCodec: codec, useBigInt64: true }), type);
}

export function encodeValue(value: Value, type: Type): Uint8Array {
  return encode(plain(value, type), { extensionCodec: codec, useBigInt64: true });
}

function typed(raw: unknown, type: Type): Value {
  if (raw === null || raw === undefined) return null;
  if (raw instanceof ExtData) return unknown;
  switch (type) {
    case 'string':
    case 'bool':
      return raw as string | boolean;
    case 'number':
      return number(raw as number | bigint | string);
    default:
  }
  if (type[0] === 'list') return (raw as unknown[]).map((item) => typed(item, type[1]));
  if (type[0] === 'set') {
    return canonicalSet((raw as unknown[]).map((item) => typed(item, type[1])));
  }
  const entries = raw as Record<string, unknown>;
  return type[0] === 'object'
    ? mapValues(type[1], (field, name) => typed(entries[name], field))
    : mapValues(entries, (item) => typed(item, type[1]));
}

/** A number that binary floating point cannot hold exactly comes as decimal text. */
function number(raw: number | bigint | string): number | bigint {
  if (typeof raw === 'string') {
    const approximate = Number(raw);
    return Number.isInteger(approximate) && !Number.isSafeInteger(approximate)
      ? BigInt(raw)
      : approximate;
  }
  return typeof raw === 'bigint' && Number.isSafeInteger(Number(raw)) ? Number(raw) : raw;
}

function plain(value: Value, type: Type): unknown {
  if (value === unknown) return new ExtData(0, new Uint8Array([0]));
  // Every attribute must be there, so a missing object is null and a missing field is null, too.
  if (value === null) return null;
  // As text, so that 0.1 stays the 0.1 of the configuration and not its nearest double.
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : value.toString();
  if (typeof type === 'string') return value;
  if (type[0] === 'object' && isMap(value)) {
    return mapValues(type[1], (field, name) => plain(value[name] ?? null, field));
  }
  if (type[0] === 'map' && isMap(value)) return mapValues(value, (item) => plain(item, type[1]));
  if (type[0] !== 'object' && isList(value)) return value.map((item) => plain(item, type[1]));
  throw new TypeError(`a value does not have the type ${JSON.stringify(type)}`);
}
