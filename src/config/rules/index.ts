import type { Rule } from './rule.ts';

/** Every rule; where two of them speak of one field, the earlier one is heard. */
export const rules: readonly Rule[] = [];
