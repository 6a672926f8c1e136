/**
 * Reads the policy language of OpenBao (https://openbao.org/docs/concepts/policies/), as HCL or JSON, as far
 * as rules use it. Whatever it does not understand is told and never skipped: a policy that is half
 * understood may allow anything.
 */

export interface AclStanza {
  readonly path: string;
  /** Sorted; `deny` stands alone in effect. */
  readonly capabilities: readonly string[];
  /** Parameter to the values that it may have; an empty list: any. `*` stands for all others. */
  readonly allowedParameters: Parameters;
  readonly deniedParameters: Parameters;
  readonly requiredParameters: readonly string[];
  /** Seconds; undefined: no bound. */
  readonly minWrappingTtl: number | undefined;
  readonly maxWrappingTtl: number | undefined;
}

export type Parameters = Readonly<Record<string, readonly string[]>>;

/** Why a policy is not understood. */
export class AclUnreadable extends Error {
  override readonly name = 'AclUnreadable';
}

type Value = string | number | readonly Value[] | { readonly [key: string]: Value };

/** @throws AclUnreadable */
export function parseAcl(text: string): readonly AclStanza[] {
  return stanzas(text.trimStart().startsWith('{') ? fromJson(text) : fromHcl(text));
}

type Block = readonly [path: string, body: Readonly<Record<string, Value>>];

function stanzas(blocks: readonly Block[]): readonly AclStanza[] {
  return blocks.map(([path, body]) => {
    for (const key of Object.keys(body)) {
      if (!known.has(key)) throw new AclUnreadable(`"${key}" in the rule for "${path}"`);
    }
    if (path.includes('+*')) throw new AclUnreadable(`"+*" in the path "${path}"`);
    return {
      path: path.replace(/^\//, ''),
      capabilities: [...new Set([...capabilities(body), ...legacy(body)])].sort(),
      allowedParameters: parameters(body['allowed_parameters']),
      deniedParameters: parameters(body['denied_parameters']),
      requiredParameters:
        body['required_parameters'] === undefined ? [] : list(body['required_parameters']),
      minWrappingTtl: ttl(body['min_wrapping_ttl']),
      maxWrappingTtl: ttl(body['max_wrapping_ttl']),
    };
  });
}

const known: ReadonlySet<string> = new Set([
  ...['capabilities', 'policy', 'allowed_parameters', 'denied_parameters', 'required_parameters'],
  ...['min_wrapping_ttl', 'max_wrapping_ttl', 'comment'],
]);

const all = ['create', 'read', 'update', 'delete', 'list', 'patch', 'scan', 'sudo', 'deny'];

function capabilities(body: Readonly<Record<string, Value>>): readonly string[] {
  const given = body['capabilities'] === undefined ? [] : list(body['capabilities']);
  for (const one of given) {
    if (!all.includes(one)) throw new AclUnreadable(`the capability "${one}"`);
  }
  return given;
}

/** The old short form, which the server still reads (vault/policy.go of OpenBao, `parsePaths`). */
function legacy(body: Readonly<Record<string, Value>>): readonly string[] {
  switch (body['policy']) {
    case undefined:
      return [];
    case 'deny':
      return ['deny'];
    case 'read':
      return ['read', 'list'];
    case 'write':
      return ['create', 'read', 'update', 'delete', 'list'];
    case 'sudo':
      return ['create', 'read', 'update', 'delete', 'list', 'sudo'];
    default:
      throw new AclUnreadable('an old "policy" of an unknown kind');
  }
}

function list(value: Value): readonly string[] {
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw new AclUnreadable('something that should be a list of texts');
  }
  return value as readonly string[];
}

function parameters(value: Value | undefined): Parameters {
  if (value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new AclUnreadable('parameters that are no map');
  }
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, Value>>).map(([name, values]) => {
      if (!Array.isArray(values)) throw new AclUnreadable(`values of the parameter "${name}"`);
      // The server compares lower-case names, and values as JSON.
      return [
        name.toLowerCase(),
        (values as readonly Value[]).map((one) =>
          typeof one === 'string' ? one : JSON.stringify(one),
        ),
      ];
    }),
  );
}

const unit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function ttl(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return value;
  const match = typeof value === 'string' ? /^(\d+)([smhd]?)$/.exec(value) : null;
  if (match === null) throw new AclUnreadable('a wrapping TTL that is no duration');
  return Number(match[1]) * (unit[match[2] ?? ''] ?? 1);
}

function fromJson(text: string): readonly Block[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new AclUnreadable('JSON that is cut or damaged');
  }
  const top = json as Readonly<Record<string, Value>>;
  for (const key of Object.keys(top)) {
    if (key !== 'path' && key !== 'name') throw new AclUnreadable(`"${key}" at the top`);
  }
  const paths = top['path'] ?? {};
  if (typeof paths !== 'object' || Array.isArray(paths))
    throw new AclUnreadable('paths that are no map');
  return Object.entries(paths as Readonly<Record<string, Value>>).map(([path, body]) => {
    if (typeof body !== 'object' || Array.isArray(body))
      throw new AclUnreadable(`the rule for "${path}"`);
    return [path, body as Readonly<Record<string, Value>>];
  });
}

const token =
  /\s+|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|[A-Za-z_][\w-]*|\d+|[{}[\]=,:]/y;

function fromHcl(text: string): readonly Block[] {
  const tokens = tokenize(text);
  let at = 0;
  const next = () => tokens[at++];
  const expect = (wanted: string) => {
    const found = next();
    if (found !== wanted)
      throw new AclUnreadable(`"${found ?? 'the end'}" where "${wanted}" should stand`);
  };
  const quoted = () => {
    const found = next();
    if (found?.startsWith('"') !== true)
      throw new AclUnreadable('something where a quoted text should stand');
    return unquote(found);
  };
  const value = (): Value => {
    const found = next();
    if (found === undefined) throw new AclUnreadable('an end in the middle');
    if (found.startsWith('"')) return unquote(found);
    if (/^\d/.test(found)) return Number(found);
    if (found === '[') {
      const items: Value[] = [];
      while (tokens[at] !== ']') {
        items.push(value());
        if (tokens[at] === ',') at += 1;
        else if (tokens[at] !== ']') throw new AclUnreadable('a list without commas');
      }
      at += 1;
      return items;
    }
    if (found === '{') return body();
    throw new AclUnreadable(`"${found}" where a value should stand`);
  };
  const body = (): Readonly<Record<string, Value>> => {
    const entries: Record<string, Value> = {};
    while (tokens[at] !== '}') {
      const key = next();
      if (key === undefined) throw new AclUnreadable('an end in the middle');
      const name = key.startsWith('"') ? unquote(key) : key;
      if (tokens[at] === '=' || tokens[at] === ':') at += 1;
      else if (tokens[at] !== '{') throw new AclUnreadable(`"${name}" without a value`);
      if (Object.hasOwn(entries, name)) throw new AclUnreadable(`"${name}" twice`);
      entries[name] = value();
      if (tokens[at] === ',') at += 1;
    }
    at += 1;
    return entries;
  };
  const blocks: Block[] = [];
  while (at < tokens.length) {
    const word = next();
    if (word === 'name') {
      expect('=');
      quoted();
      continue;
    }
    if (word !== 'path' && word !== '"path"') throw new AclUnreadable(`"${word ?? ''}" at the top`);
    const path = quoted();
    expect('{');
    blocks.push([path, body()]);
  }
  return blocks;
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    if (found === null) throw new AclUnreadable('a character that no rule has');
    const [piece] = found;
    if (!/^(\s|#|\/\/|\/\*)/.test(piece)) tokens.push(piece);
  }
  return tokens;
}

function unquote(piece: string): string {
  if (/[$%]\{/.test(piece)) throw new AclUnreadable('an interpolation');
  if (piece.includes('{{')) throw new AclUnreadable('a template of the identity');
  try {
    return JSON.parse(piece) as string;
  } catch {
    throw new AclUnreadable('a text with an unknown escape');
  }
}
