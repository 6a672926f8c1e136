import { Construct } from 'constructs';
import { QuotaRateLimit } from '@cdktf/provider-vault/lib/quota-rate-limit/index.js';
import type { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend/index.js';
import { named } from '../logical-id.ts';

export interface RateLimitsProps {
  /** Requests per second and client address, over all paths. */
  readonly requests: number;
  /** AppRole logins per second and client address. */
  readonly logins: number;
  readonly approle: AuthBackend;
}

/** Rate quotas: one consumer gone wild does not take the server from the others. */
export class RateLimits extends Construct {
  constructor(scope: Construct, id: string, props: RateLimitsProps) {
    super(scope, id);
    named(
      new QuotaRateLimit(this, 'Requests', {
        name: 'requests',
        rate: props.requests,
        interval: 1,
      }),
      'requests',
    );
    named(
      new QuotaRateLimit(this, 'Logins', {
        name: 'approle-login',
        path: `auth/${props.approle.path}/login`,
        rate: props.logins,
        interval: 1,
      }),
      'approle-login',
    );
  }
}
