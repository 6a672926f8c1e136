import { entries } from '../facts.ts';
import type { Rule } from './rule.ts';

const fix = 'name the field alone and write its value with `backbone secret put`';

/** `fields` takes names. A map, `name: value` or `name=value` there is most likely a value: never shown. */
export const secretValues: Rule = ({ raw }) =>
  entries(new Map(entries(raw)).get('secrets')).flatMap(([path, secret]) => {
    const fields = new Map(entries(secret)).get('fields');
    const here = ['secrets', path, 'fields'];
    const problem = 'values were given where names belong';
    if (fields !== null && typeof fields === 'object' && !Array.isArray(fields)) {
      return [{ path: here, problem, fix, received: 'a map (not shown)' }];
    }
    if (!Array.isArray(fields)) return [];
    return fields.flatMap((field: unknown, index) => {
      if (typeof field === 'string' && /^[a-z][a-z0-9_]{0,31}$/.test(field)) return [];
      const received = 'an entry (not shown)';
      const name = 'this is not the name of a field: lower-case letters, digits and "_"';
      return [
        typeof field === 'object' && field !== null
          ? { path: [...here, index], problem, fix, received }
          : { path: [...here, index], problem: name, fix, received },
      ];
    });
  });
