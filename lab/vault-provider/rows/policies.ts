import { endpoint } from '../endpoint.ts';
import { Refused } from '../row.ts';

/** ACL policies. One that is gone reads as an empty one, so its repair is an update, not a create. */
export const policy = endpoint({
  id: '{name}',
  path: 'sys/policies/acl/{id}',
  rules: { name: { forceNew: true } },
  send: { policy: 'always' },
  read: ['policy'],
  absent: () => ({ policy: '' }),
});

export const passwordPolicy = endpoint({
  id: '{name}',
  path: 'sys/policies/password/{id}',
  rules: { name: { forceNew: true } },
  send: { policy: 'always' },
  read: ['policy'],
  // The real provider stops here, too, instead of planning to make it again.
  absent(path) {
    throw new Refused(
      `${path} is not there; \`terraform apply -replace\` or \`state rm\` mends it`,
    );
  },
});

export const quotaRateLimit = endpoint({
  id: '{name}',
  path: 'sys/quotas/rate-limit/{id}',
  rules: { name: { forceNew: true }, path: { forceNew: true } },
  send: {
    path: 'always',
    rate: 'always',
    interval: 'set',
    block_interval: 'set',
    inheritable: 'known',
    role: 'set',
    group_by: 'set',
    secondary_rate: 'set',
  },
  read: [],
  readIfPresent: [
    ...['path', 'rate', 'interval', 'block_interval', 'name', 'role'],
    ...['group_by', 'secondary_rate'],
  ],
});
