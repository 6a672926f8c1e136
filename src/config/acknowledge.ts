import { z } from 'zod';

/** Findings of the guardrails that somebody has accepted, each by itself and until a day. */
export const acknowledge = z
  .array(
    z
      .strictObject({
        rule: z
          .string()
          .regex(/^[a-z]+(-[a-z]+)*$/, 'the id of one rule, as policies/rules/RULES.md lists them')
          .describe('id of the rule'),
        at: z
          .string()
          .min(1)
          .max(1000)
          .describe('place of the finding, exactly as `backbone synth` prints it after "at"'),
        reason: z
          .string()
          .min(10, 'a reason that convinces a reviewer, at least 10 characters')
          .max(400)
          .describe('why it is accepted'),
        owner: z
          .string()
          .regex(
            /^[\w .@+-]{1,64}$/,
            'a person or team: at most 64 letters, digits, spaces and "_.@+-"',
          )
          .describe('who answers for it'),
        until: z.iso
          .date({ error: 'no day -> write it as 2027-03-31' })
          .describe('last day on which it counts (UTC), within a year'),
      })
      .describe('one accepted finding'),
  )
  .default([])
  .describe('findings of the guardrails that are accepted, one by one (docs/guardrails.md)');
