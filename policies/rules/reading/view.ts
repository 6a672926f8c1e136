import { view } from '../../../src/review/reach/view.ts';
import type { Synthesized } from '../../../src/synthesized/resource.ts';
import type { Declared, RuleView } from './rule.ts';

export function ruleView(synthesized: Synthesized, declared: Declared): RuleView {
  return { ...view(synthesized), stacks: synthesized.stacks, declared };
}
