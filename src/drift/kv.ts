import type { Expected } from './expected.ts';
import { differs, type Finding } from './finding.ts';
import { inWords, same } from './same.ts';
import type { Server } from './server.ts';

const fields = ['cas_required', 'max_versions', 'delete_version_after'] as const;

/** What every secret of a KV engine is held to: without check-and-set one writer undoes another unseen. */
export async function kvDrift(server: Server, expected: Expected): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const [mount, { values }] of expected.of('vault_kv_secret_backend_v2', 'mount')) {
    const config = await server.read(`${mount}/config`);
    if (config === undefined) continue;
    const there: typeof config = {
      ...config,
      delete_version_after: never(config['delete_version_after']),
    };
    for (const field of fields) {
      const wanted = values[field] ?? null;
      if (same(field, wanted, there[field])) continue;
      const found = `${field} is ${inWords(there[field])}, not ${inWords(wanted)}`;
      findings.push(differs(`engine ${mount}/`, found));
    }
  }
  return findings;
}

/** The server answers a Go duration. */
function never(value: unknown): unknown {
  return value === '0s' ? null : value;
}
