import type { Connection } from '../client/openbao.ts';
import { openbaoStacks } from '../model/names.ts';
import type { Synthesized } from '../synthesized/resource.ts';
import { UserError } from '../user-error.ts';
import { auditDrift } from './audit.ts';
import { Expected } from './expected.ts';
import type { Finding } from './finding.ts';
import { identityDrift, peopleDrift } from './identity.ts';
import { issuerDrift } from './issuers.ts';
import { kvDrift } from './kv.ts';
import { mountDrift } from './mounts.ts';
import { policyDrift } from './policies.ts';
import { roleDrift } from './roles.ts';
import { Server } from './server.ts';
import { tokenDrift } from './tokens.ts';

/**
 * Compares OpenBao with what was synthesized for it; only reads.
 *
 * @throws UserError  the stack openbao is not there, or the server refused or did not answer: then nothing is
 *   said, as half a look would be taken for a whole one
 */
export async function drift(
  connection: Connection,
  synthesized: Synthesized,
  progress: (line: string) => void,
): Promise<readonly Finding[]> {
  const stacks = synthesized.stacks.filter(({ name }) => openbaoStacks.has(name));
  if (stacks.every(({ name }) => name !== 'openbao')) {
    throw new UserError('the stack openbao was not synthesized');
  }
  const expected = new Expected(stacks);
  const server = new Server(connection);
  const findings: Finding[] = [];
  const look = async (what: string, work: () => Promise<readonly Finding[]>) => {
    progress(what);
    findings.push(...(await work()));
  };
  await look('policies', () => policyDrift(server, expected));
  await look('engines and auth methods', () => mountDrift(server, expected));
  await look('KV engines', () => kvDrift(server, expected));
  await look('certificate authorities', () => issuerDrift(server, expected));
  await look('roles', () => roleDrift(server, expected));
  await look('identities', () => identityDrift(server, expected));
  await look('people', () => peopleDrift(server));
  await look('audit devices', () => auditDrift(server));
  await look('tokens', () => tokenDrift(server, expected));
  const order = ['extra', 'differs', 'missing'] as const;
  return findings.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
