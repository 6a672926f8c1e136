import { at } from '../../src/review/reach/view.ts';
import { blocksOf, type Json } from '../../src/synthesized/resource.ts';
import { containers } from './reading/containers.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'container-swap',
  severity: 'error',
  title: 'A container has no swap',
  explanation: "Keys in memory get to the host's disk, and into its backups.",
  fix: 'memory { swap = 0 }.',
  check: (view) =>
    containers(view)
      .filter(
        (located) =>
          !blocksOf(at(located, 'memory') as Json | undefined).some(({ swap }) => swap === 0),
      )
      .map((located) => found(located, 'it may swap', 'memory.swap')),
};
