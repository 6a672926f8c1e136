import { foundIn, numberAt } from './reading/arguments.ts';
import type { Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'engine-lease',
  severity: 'error',
  title: 'The AWS engine bounds its leases to an hour',
  explanation: 'Not set, the lease of a session is 768 hours, and `backbone` counts on it wrongly.',
  fix: 'default_lease_ttl_seconds and max_lease_ttl_seconds of 3600 at most.',
  check: (view) =>
    view.of('vault_aws_secret_backend').flatMap((located) =>
      ['default_lease_ttl_seconds', 'max_lease_ttl_seconds']
        .filter((attribute) => {
          const ttl = numberAt(located, attribute);
          return !(ttl !== undefined && ttl > 0 && ttl <= 3600);
        })
        .map((attribute) => foundIn(located, attribute, 'its leases may be longer than an hour')),
    ),
};
