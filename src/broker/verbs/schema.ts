import { z } from 'zod';

/** The forms that the declaration has, too: checked here again, as they come from a caller. */
export const contextName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
export const repositoryName = z
  .string()
  .regex(
    /^(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9_.-]{1,100}$/,
    'the name of one repository, without its owner',
  );
