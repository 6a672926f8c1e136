import { isObject, type Json, type Stack } from '../../src/synthesized/resource.ts';
import { meansFlag } from './reading/arguments.ts';
import { foundAt, type Found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'backend-secure',
  severity: 'error',
  title: "This program's own state is encrypted and locked",
  explanation:
    'Two applies at once without a lock destroy a state; an object that nobody asked to be encrypted ' +
    'depends on a default of the bucket.',
  fix: 'Backend local, or s3 with encrypt and use_lockfile, over TLS.',
  check: ({ stacks }) => stacks.flatMap(backends),
};

function backends(stack: Stack): readonly Found[] {
  const { terraform } = stack.blocks;
  if (!isObject(terraform)) return [];
  const elsewhere = terraform['cloud'] === undefined ? [] : ['cloud'];
  const backend = terraform['backend'];
  const kinds = isObject(backend) ? Object.entries(backend) : [];
  return [
    ...elsewhere.map((kind) => foundAt(stack, `backend.${kind}`, 'it could not be evaluated')),
    ...kinds.flatMap(([kind, body]) => {
      const tell = (problem: string, part = '') => foundAt(stack, `backend.${kind}`, problem, part);
      if (kind === 'local') return [];
      if (kind !== 's3' || !isObject(body)) return [tell('it could not be evaluated')];
      return [
        ...(['encrypt', 'use_lockfile'] as const)
          .filter((name) => !meansFlag(body[name], true))
          .map((name) => tell(`${name} is not on`, name)),
        ...plainEndpoints(body['endpoints'], body['endpoint']).map((name) =>
          tell('it speaks plain HTTP', name),
        ),
      ];
    }),
  ];
}

function plainEndpoints(...values: readonly (Json | undefined)[]): readonly string[] {
  return values.flatMap((value) => {
    const texts = isObject(value) ? Object.values(value) : [value];
    return texts.some((one) => typeof one === 'string' && one.startsWith('http:'))
      ? ['endpoint']
      : [];
  });
}
