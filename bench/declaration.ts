import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';

const example = new URL('../backbone.yaml', import.meta.url);

/**
 * The example declaration grown by a number of agents: each reads a secret of its own and mints sessions
 * of one profile that ten of them share, from an address of its own.
 */
export async function grownDeclaration(consumers: number): Promise<string> {
  const document = parseDocument(await readFile(example, 'utf8'));
  for (let index = 0; index < consumers; index += 1) {
    const number = String(index).padStart(5, '0');
    const profile = `bench-${String(Math.floor(index / 10))}`;
    document.setIn(['secrets', `bench/agent-${number}`], {
      fields: ['username', 'password'],
      rung: 2,
      owner: 'bench',
      rotateEvery: '90d',
    });
    if (index % 10 === 0) {
      document.setIn(['profiles', profile], {
        bucket: 'tfstate-bench-111122223333',
        key: `${profile}/terraform.tfstate`,
        lock: { mode: 's3' },
        access: 'apply',
        ttl: '15m',
        maxTtl: '1h',
      });
    }
    document.setIn(['consumers', `agent-${number}`], {
      kind: 'agent',
      from: [`10.0.${String(index >> 8)}.${String(index & 255)}/32`],
      grants: [{ secret: `bench/agent-${number}` }, { profile }],
      token: { ttl: '15m', maxTtl: '30m' },
      secretIdTtl: '10m',
    });
  }
  return document.toString();
}
