import { UserError } from '../../user-error.ts';

/**
 * The one thing that was meant: the named one, or the only one.
 *
 * @param what    for messages, e.g. `SSH certificates`
 * @param nameOf  what people call it
 * @throws UserError  none, or several
 */
export function choose<T>(
  all: readonly T[],
  what: string,
  nameOf: (one: T) => string,
  wanted?: string,
): T {
  const fitting = wanted === undefined ? all : all.filter((one) => nameOf(one) === wanted);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (all.length === 0) throw new UserError(`the contract grants no ${what}`);
  const known = [...new Set(all.map(nameOf))].join(', ');
  if (wanted === undefined) throw new UserError(`several ${what} are granted, name one: ${known}`);
  throw new UserError(
    fitting.length === 0
      ? `the contract grants no ${what} of that name; there are: ${known}`
      : `several ${what} have that name: say whose`,
  );
}
