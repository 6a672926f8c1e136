import type { Declared } from '../../policies/rules/reading/rule.ts';
import type { Backbone } from '../model/backbone.ts';

/** What the rules hold the output against. */
export function declaredOf({ profiles, consumers }: Backbone): Declared {
  return {
    sessions: Object.fromEntries(profiles.map(({ role, declared }) => [role, declared.maxTtl])),
    tokens: Object.fromEntries(consumers.map(({ name, tokenMaxTtl }) => [name, tokenMaxTtl])),
  };
}
