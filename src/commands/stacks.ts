import { stackNames, type StackName } from '../model/names.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Stacks by name, in the order in which they build on each other; `*` or none means all that a declaration
 * has. The result is to be asked with the stacks of the declaration.
 *
 * @throws UsageError  a name that is no stack; from the result, one that the declaration switches off
 */
export function chosenStacks(
  words: readonly string[],
): (declared: readonly StackName[]) => readonly StackName[] {
  const unknown = words.find((word) => word !== '*' && !stackNames.some((name) => name === word));
  if (unknown !== undefined) {
    throw new UsageError(`there is no stack "${unknown}"; there are: ${stackNames.join(', ')}`);
  }
  return (declared) => {
    if (words.length === 0 || words.includes('*')) return declared;
    const off = stackNames.find((name) => words.includes(name) && !declared.includes(name));
    if (off !== undefined) {
      throw new UsageError(`the stack ${off} is switched off: look at ${off} in the declaration`);
    }
    return declared.filter((name) => words.includes(name));
  };
}
