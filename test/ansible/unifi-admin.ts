import type { Account } from '../../lab/unifi/state.ts';

/** The one local admin of the double, as it begins. */
export const admin: Account = {
  ...{ name: 'tofu', password: 'canary-the-first-password-of-tofu', role: 'admin' },
};
