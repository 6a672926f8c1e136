import type { Facts } from '../facts.ts';
import type { Finding } from '../refusal.ts';

/** What no field alone can know. A rule is pure and finds all that it can, not the first. */
export type Rule = (facts: Facts) => readonly Finding[];
