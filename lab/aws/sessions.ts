import { join } from 'node:path';
import { z } from 'zod';
import { readState, serialWriter, writePrivate } from './state-file.ts';

const sessionSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  sessionToken: z.string(),
  /** Milliseconds of the lab's clock. */
  issuedAt: z.number(),
  expiresAt: z.number(),
  roleArn: z.string(),
  sessionName: z.string(),
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  arn: z.string(),
  /** `<role id>:<session>` */
  userId: z.string(),
  sessionPolicy: z.string().optional(),
  sourceIdentity: z.string().optional(),
  principalTags: z.record(z.string(), z.string()),
  /** Roles in the order they were assumed, this one last. */
  chain: z.array(z.string()),
});

/** What an access key stands for. Only role sessions exist: the design has no IAM user. */
export type Session = z.infer<typeof sessionSchema>;

export interface Sessions {
  find(accessKeyId: string): Session | undefined;
  /** Resolves once the session is on disk, so that a killed lab never forgets a key it handed out. */
  add(session: Session): Promise<void>;
}

const keepExpired = 24 * 60 * 60 * 1000;

/**
 * The table of sessions, kept in `<stateDir>/sessions.json` (0600). Expired ones stay for a day of
 * the lab's clock, so that their use is answered as expired and not as unknown.
 */
export async function openSessions(stateDir: string, now: () => number): Promise<Sessions> {
  const path = join(stateDir, 'sessions.json');
  const known = new Map<string, Session>();
  for (const session of (await readState(path, z.array(sessionSchema))) ?? []) {
    known.set(session.accessKeyId, session);
  }
  const save = serialWriter(() => writePrivate(path, JSON.stringify([...known.values()])));
  return {
    find: (accessKeyId) => known.get(accessKeyId),
    add: async (session) => {
      for (const [id, old] of known) if (old.expiresAt + keepExpired < now()) known.delete(id);
      known.set(session.accessKeyId, session);
      await save();
    },
  };
}
