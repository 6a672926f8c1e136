import { Construct } from 'constructs';
import { QuotaRateLimit } from '@cdktf/provider-vault/lib/quota-rate-limit/index.js';
import { named } from '../logical-id.ts';

export interface RateLimitsProps {
  /** Requests per second and client address, over all paths. */
  readonly requests: number;
  /** Logins per second and client address, by each of the methods below. */
  readonly logins: number;
  /** Mount paths of the auth methods of machines, by a name for each. */
  readonly methods: Readonly<Record<string, string>>;
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
    for (const [method, path] of Object.entries(props.methods)) {
      named(
        new QuotaRateLimit(this, `login-${method}`, {
          name: `${method}-login`,
          path: `auth/${path}/login`,
          rate: props.logins,
          interval: 1,
        }),
        `${method}-login`,
      );
    }
  }
}
