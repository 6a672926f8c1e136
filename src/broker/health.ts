import type { Github } from './github.ts';
import type { OpenBao, OpenBaoHealth } from './openbao.ts';

/** What works. Seen from outside, a sealed OpenBao and a dead GitHub are not the same. */
export interface Health {
  readonly openbao: OpenBaoHealth;
  /** By the last answer; `held`: it said that it is too much, and is left alone. */
  readonly github: 'unknown' | 'ok' | 'failing' | 'held';
}

export async function healthOf(
  openbao: Pick<OpenBao, 'health'>,
  github: Pick<Github, 'last' | 'heldFor'>,
): Promise<Health> {
  return {
    openbao: await openbao.health(),
    github: github.heldFor > 0 ? 'held' : github.last,
  };
}

export function isWell({ openbao, github }: Health): boolean {
  return openbao === 'ok' && (github === 'ok' || github === 'unknown');
}
