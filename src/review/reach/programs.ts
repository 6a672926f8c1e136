import { isUnresolved } from '../../synthesized/reference.ts';
import { blocksOf, isObject, type Json } from '../../synthesized/resource.ts';
import { nothing, type Change } from './change.ts';
import { at, place, type Located, type View } from './view.ts';

/**
 * What `terraform apply` runs on the machine that it runs on. A program that ran before may run for another
 * container; any other one is UNKNOWN, and so is another place that the same program talks to.
 */
export function comparePrograms(before: View, after: View): readonly Change[] {
  const old = new Set(before.of('terraform_data').flatMap(programsOf));
  return after.of('terraform_data').flatMap((located): Change[] => {
    const fresh = programsOf(located).filter((one) => !old.has(one));
    if (fresh.length === 0) return [];
    return [
      {
        ...{ verdict: 'UNKNOWN', subject: `order ${located.resource.name}` },
        ...{ what: 'a program that terraform apply runs', before: nothing, after: 'there' },
        chain: [place(located)],
      },
    ];
  });
}

/** Names of the one container that it starts: the same program for another one is no other program. */
const ofOneContainer: ReadonlySet<string> = new Set(['NODE', 'VMID']);

function programsOf(located: Located): readonly string[] {
  const value = at(located, 'provisioner');
  if (value === undefined) return [];
  if (isUnresolved(value)) return [JSON.stringify(located.resource.body['provisioner'])];
  return blocksOf(value).map((block) => JSON.stringify(block, without));
}

function without(key: string, value: Json): Json {
  if (key !== 'environment' || !isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !ofOneContainer.has(name)));
}
