import { blocksOf, isObject, type Json, type JsonObject } from '../../src/synthesized/resource.ts';
import { meansSomething } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

const reading: readonly Json[] = ['describeSecret', 'readValue'];

export const rule: Rule = {
  id: 'infisical-privilege',
  severity: 'error',
  title: 'A privilege is to read one folder of one environment',
  explanation:
    'Without a condition on environment and path it reads every folder; with a pattern, those that are ' +
    'made later as well.',
  fix: 'permissions_v2 with subject secrets, describeSecret and readValue, and conditions with $eq on environment and secretPath.',
  check: (view) =>
    view.of('infisical_project_identity_specific_privilege').flatMap((located) => {
      const { body } = located.resource;
      const permissions = blocksOf(body['permissions_v2']);
      const old = ['permission', 'permissions'].filter((name) => meansSomething(body[name]));
      return [
        ...old.map((name) => found(located, `${name} could not be evaluated`, name)),
        ...(permissions.length === 0 && old.length === 0
          ? [found(located, 'it could not be evaluated: it lists no permission')]
          : []),
        ...permissions
          .filter((one) => !isNarrow(one))
          .map(() =>
            found(located, 'it is not to read one folder of one environment', 'permissions_v2'),
          ),
      ];
    }),
};

function isNarrow({ subject, action, inverted, conditions }: JsonObject): boolean {
  const actions = Array.isArray(action) ? (action as readonly Json[]) : [action];
  return (
    subject === 'secrets' &&
    (inverted === undefined || inverted === null || inverted === false) &&
    actions.every((one) => one !== undefined && reading.includes(one)) &&
    isExact(conditions, 'environment') &&
    isExact(conditions, 'secretPath')
  );
}

function isExact(conditions: Json | undefined, key: string): boolean {
  let json: Json;
  try {
    json = JSON.parse(typeof conditions === 'string' ? conditions : '') as Json;
  } catch {
    return false;
  }
  const condition = isObject(json) ? json[key] : undefined;
  if (!isObject(condition)) return false;
  const value = condition['$eq'];
  return Object.keys(condition).length === 1 && typeof value === 'string' && value !== '';
}
