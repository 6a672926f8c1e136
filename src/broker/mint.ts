import { z } from 'zod';
import { appJwt } from '../github/app-jwt.ts';
import type { Github } from './github.ts';
import { permits, type Scope } from './narrow.ts';
import type { OpenBao } from './openbao.ts';
import { Refusal } from './refusal.ts';

/** A token of an installation, as GitHub gave it. */
export interface Minted {
  readonly token: string;
  readonly expires_at: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly repositories: readonly string[];
}

/** What a token is made for. Without repositories: all of the installation, for what is bound to none. */
export type MintScope = Pick<Scope, 'installation' | 'permissions'> &
  Partial<Pick<Scope, 'repositories'>>;

const answer = z.object({
  token: z.string().min(1),
  expires_at: z.string().min(1),
  permissions: z.record(z.string(), z.string()),
  repository_selection: z.string().optional(),
  repositories: z.array(z.object({ name: z.string() })).optional(),
});

/** Makes and revokes tokens. Every one is signed for anew, so OpenBao's audit log has a line for each. */
export class Mint {
  constructor(
    private readonly clientId: string,
    private readonly openbao: Pick<OpenBao, 'sign'>,
    private readonly github: Github,
  ) {}

  /**
   * A token for exactly this scope. One that may more, which GitHub never gives, is revoked and not given on.
   *
   * @throws Refusal
   */
  async make(scope: MintScope): Promise<Minted> {
    const { installation, repositories, permissions } = scope;
    // Before OpenBao is asked: a signature that cannot be used need not be made.
    this.github.refuseWhileHeld();
    const jwt = await appJwt(this.clientId, (text) => this.openbao.sign(text));
    const { data } = await this.github.ask(jwt, (request) =>
      request('POST /app/installations/{installation_id}/access_tokens', {
        installation_id: installation,
        ...(repositories === undefined ? {} : { repositories: [...repositories] }),
        permissions,
      }),
    );
    const given = answer.safeParse(data);
    if (!given.success) throw new Refusal(502, 'github-form', 'GitHub answered in another form');
    if (!isWithin(given.data, scope)) {
      await this.revoke(given.data.token);
      throw new Refusal(502, 'wider', 'GitHub gave a token that may more than was asked: revoked');
    }
    return {
      token: given.data.token,
      expires_at: given.data.expires_at,
      permissions: given.data.permissions,
      repositories: (given.data.repositories ?? []).map(({ name }) => name),
    };
  }

  /** @throws Refusal  GitHub did not take it; a token that is dead already is no failure */
  async revoke(token: string): Promise<void> {
    try {
      await this.github.ask(token, (request) => request('DELETE /installation/token'));
    } catch (error) {
      if (!(error instanceof Refusal) || error.reason !== 'github-401') throw error;
    }
  }
}

function isWithin(
  given: z.infer<typeof answer>,
  { repositories, permissions }: MintScope,
): boolean {
  if (!permits({ metadata: 'read', ...permissions }, given.permissions)) return false;
  if (repositories === undefined) return true;
  const allowed = new Set(repositories.map((name) => name.toLowerCase()));
  return (
    given.repository_selection === 'selected' &&
    given.repositories?.every(({ name }) => allowed.has(name.toLowerCase())) === true
  );
}
