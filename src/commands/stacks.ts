import { stackNames, type StackName } from '../model/names.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Stacks by name, in the order in which they build on each other; `*` or none means all.
 *
 * @throws UsageError  a name that is no stack
 */
export function chosenStacks(words: readonly string[]): readonly StackName[] {
  const unknown = words.find((word) => word !== '*' && !stackNames.some((name) => name === word));
  if (unknown !== undefined) {
    throw new UsageError(`there is no stack "${unknown}"; there are: ${stackNames.join(', ')}`);
  }
  if (words.length === 0 || words.includes('*')) return stackNames;
  return stackNames.filter((name) => words.includes(name));
}
