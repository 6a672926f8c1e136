import { z } from 'zod';

/**
 * A section that is off unless it is declared; switched off, it may stay as it is.
 *
 * @param on  the section where it is used, with `enabled: true`
 * @param without  what its absence means, for docs/declaration.md
 */
export function switched<T extends z.ZodObject<{ enabled: z.ZodLiteral<true> } & z.ZodRawShape>>(
  on: T,
  without: string,
) {
  return z
    .discriminatedUnion('enabled', [
      z
        .object({
          enabled: z.literal(false).describe('not used; the rest of the section is not read'),
        })
        .describe(without),
      on,
    ])
    .default({ enabled: false });
}
