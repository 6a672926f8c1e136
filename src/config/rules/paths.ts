import { mounts } from '../../model/names.ts';
import type { Rule } from './rule.ts';

/** Terraform names hold no "/" or ".": two that differ in that alone would be one resource. */
export const terraformNames: Rule = ({ secrets, profiles }) => [
  ...collisions([...secrets.keys()].map((path) => ({ path: ['secrets', path], text: path }))),
  ...collisions(
    [...profiles].flatMap(([name, { lock }]) =>
      lock.mode === 's3' ? [] : [{ path: ['profiles', name, 'lock', 'table'], text: lock.table }],
    ),
  ),
];

function collisions(all: readonly { readonly path: readonly string[]; readonly text: string }[]) {
  const seen = new Map<string, string>();
  return all.flatMap(({ path, text }) => {
    const key = text.replaceAll(/[^A-Za-z0-9_-]/g, '_');
    const earlier = seen.get(key);
    seen.set(key, earlier ?? text);
    return earlier === undefined || earlier === text
      ? []
      : [
          {
            path,
            received: JSON.stringify(text),
            problem: `it becomes the same Terraform name as ${earlier}`,
            fix: 'choose names that differ in more than "/", "." and "_"',
          },
        ];
  });
}

/** A path counts from the mount; with the mount in it nobody would find it again. */
export const pathBelowMount: Rule = ({ secrets }) =>
  [...secrets.keys()]
    .filter((path) => new RegExp(`^(${mounts.kv}|data|metadata)/`).test(path))
    .map((path) => ({
      path: ['secrets', path],
      received: JSON.stringify(path),
      problem: 'the path begins with the mount or with a part of the API',
      fix: `write ${path.replace(new RegExp(`^(${mounts.kv}/)?((meta)?data/)?`), '')}`,
    }));

/** A field twice is a slip. */
export const fieldsOnce: Rule = ({ secrets }) =>
  [...secrets].flatMap(([name, { fields }]) =>
    fields.flatMap((field, index) =>
      fields.indexOf(field) === index
        ? []
        : [
            {
              path: ['secrets', name, 'fields', index],
              received: 'a name (not shown)',
              problem: 'the field stands above',
              fix: 'remove one',
            },
          ],
    ),
  );
