import { randomBytes, randomUUID } from 'node:crypto';

export interface Session {
  readonly cookie: string;
  readonly adminId: string;
  csrf: string;
}

/** Who is signed in, by cookie. */
export class Sessions {
  private readonly all = new Map<string, Session>();

  open(adminId: string): Session {
    const session = { cookie: randomBytes(24).toString('base64url'), adminId, csrf: randomUUID() };
    this.all.set(session.cookie, session);
    return session;
  }

  find(cookie: string | undefined): Session | undefined {
    return cookie === undefined ? undefined : this.all.get(cookie);
  }

  close(session: Session): void {
    this.all.delete(session.cookie);
  }

  /** A new password ends the sessions that the old one opened. */
  endOf(adminId: string): void {
    for (const session of this.all.values()) {
      if (session.adminId === adminId) this.close(session);
    }
  }
}
