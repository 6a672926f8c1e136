import { UserError } from '../../user-error.ts';

/** A placeholder: a secret of the contract and one of its fields, e.g. `{{ unifi/tofu.password }}`. */
export type ValueOf = (secret: string, field: string) => string;

/**
 * Fills placeholders in. A value goes in as it is, whatever characters it has, and is not looked at again: one
 * that looks like a placeholder stays text. `{{ "{{" }}` gives two braces, as in Go's templates.
 *
 * @param place  for messages
 * @throws UserError  something between double braces is no placeholder; a misspelt one must not go out as text
 */
export function fill(template: string, valueOf: ValueOf, place: string): string {
  const fields = /\{\{([^\n]*?)\}\}|\{\{/g;
  return template.replaceAll(fields, (_, inner: string | undefined, offset: number) => {
    const line = () => `${place}, line ${String(template.slice(0, offset).split('\n').length)}`;
    if (inner === undefined) throw new UserError(`${line()}: {{ without }} on the same line`);
    const word = inner.trim();
    if (word === '"{{"') return '{{';
    const [, secret = '', field = ''] =
      /^([a-z0-9][a-z0-9/_-]*)\.([A-Za-z0-9_-]+)$/.exec(word) ?? [];
    if (secret === '') {
      throw new UserError(
        `${line()}: between {{ and }} stands a secret and its field, as in {{ unifi/tofu.password }}, or "{{"`,
      );
    }
    return valueOf(secret, field);
  });
}
