import { badParameters } from './refusal.ts';

export type Kind = 'string' | 'integer' | 'number' | 'boolean';

/** Parameters of one API method. `net[n]` stands for net0, net1 and so on. */
export interface Schema {
  readonly required?: Readonly<Record<string, Kind>>;
  readonly optional?: Readonly<Record<string, Kind>>;
}

/** Booleans are 1 and 0, as in Proxmox's own configuration files. */
export type Values = Readonly<Record<string, string | number>>;

const booleans: Readonly<Record<string, number>> = {
  ...{ '1': 1, true: 1, yes: 1, on: 1 },
  ...{ '0': 0, false: 0, no: 0, off: 0 },
};

/**
 * Checks and converts a request; what is sent twice is joined by commas, as Proxmox does for lists.
 *
 * @throws Refusal  400, every wrong, missing or unknown parameter by name
 */
export function verify(form: URLSearchParams, { required = {}, optional = {} }: Schema): Values {
  const kinds = new Map(Object.entries({ ...optional, ...required }));
  const values = new Map<string, string | number>();
  const errors = new Map<string, string>();
  for (const name of new Set(form.keys())) {
    const kind = kinds.get(name.replace(/[0-9]+$/, '[n]')) ?? kinds.get(name);
    const text = form.getAll(name).join(',');
    const value = kind === undefined ? undefined : convert(text, kind);
    if (kind === undefined) {
      errors.set(
        name,
        'property is not defined in schema and the schema does not allow additional properties',
      );
    } else if (value === undefined) {
      errors.set(name, `type check ('${kind}') failed - got '${text}'`);
    } else {
      values.set(name, value);
    }
  }
  for (const name of Object.keys(required)) {
    if (!form.has(name)) errors.set(name, 'property is missing and it is not optional');
  }
  if (errors.size > 0) throw badParameters(Object.fromEntries(errors));
  return Object.fromEntries(values);
}

function convert(text: string, kind: Kind): string | number | undefined {
  switch (kind) {
    case 'string':
      return text;
    case 'boolean':
      return booleans[text.toLowerCase()];
    case 'integer':
      return /^-?[0-9]+$/.test(text) ? Number(text) : undefined;
    case 'number':
      return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : undefined;
  }
}

/** Without these parameters. */
export function without(values: Values, ...names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

/** `volume=a:b,size=8G` or `a:b,size=8G`: a property string; a word alone is the value of `first`. */
export function properties(text: string, first: string): Map<string, string> {
  return new Map(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [first, pair] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
