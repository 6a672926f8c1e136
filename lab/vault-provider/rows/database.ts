import { endpoint } from '../endpoint.ts';

const statements = ['revocation_statements', 'rollback_statements', 'renew_statements'];

/** A kind of users of a database. The connection is made outside Terraform, as it has a password. */
export const databaseRole = endpoint({
  id: '{backend}/roles/{name}',
  rules: { backend: { forceNew: true }, name: { forceNew: true } },
  send: {
    db_name: 'always',
    creation_statements: 'always',
    default_ttl: 'set',
    max_ttl: 'set',
    credential_type: 'set',
    credential_config: 'set',
    ...Object.fromEntries(statements.map((name) => [name, 'set' as const])),
  },
  read: ['db_name', 'creation_statements', 'default_ttl', 'max_ttl'],
  readIfPresent: ['credential_type', 'credential_config', ...statements],
});
