import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { mounts } from '../model/names.ts';
import type { Expected } from './expected.ts';
import { differs, extra, missing, type Finding } from './finding.ts';
import { inWords } from './same.ts';
import type { Server } from './server.ts';

const issuer = z.object({
  certificate: z.string(),
  revoked: z.boolean().nullish(),
  leaf_not_after_behavior: z.string().nullish(),
  usage: z.string().nullish(),
});
const configured = z.object({ default: z.string() });

/** What the server makes of an issuer: it signs nothing that outlives it. */
const usual = { leaf_not_after_behavior: 'err' } as const;

/** CAs in the PKI engines: another one signs certificates that a login or a service believes. */
export async function issuerDrift(server: Server, expected: Expected): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const mount of [mounts.pki, mounts.services]) {
    const declared = [
      ...expected.in(mount, 'vault_pki_secret_backend_root_cert', 'common_name').keys(),
    ];
    const ids = await server.list(`${mount}/issuers`);
    const seen = new Map<string, string>();
    for (const id of ids) {
      const read = await server.read(`${mount}/issuer/${id}`);
      if (read === undefined) continue;
      const { certificate, revoked, leaf_not_after_behavior } = issuer.parse(read);
      const name = commonName(certificate);
      const what = `CA ${name} of ${mount}/`;
      const there = seen.get(name);
      seen.set(name, id);
      if (!declared.includes(name)) findings.push(extra(what, `issuer ${id}`));
      else if (there !== undefined) {
        findings.push(extra(what, `a second one of that name, issuer ${id} beside ${there}`));
      }
      if (revoked === true) findings.push(differs(what, 'is revoked'));
      const behaviour = leaf_not_after_behavior ?? usual.leaf_not_after_behavior;
      if (behaviour !== usual.leaf_not_after_behavior) {
        findings.push(
          differs(what, `leaf_not_after_behavior is ${inWords(behaviour)}: it outlives its CA`),
        );
      }
    }
    findings.push(...(await otherDefault(server, mount, declared, seen)));
    const gone = declared.filter((name) => !seen.has(name));
    findings.push(...gone.map((name) => missing(`CA ${name} of ${mount}/`)));
  }
  return findings;
}

/** The default signs for every role that names no issuer. */
async function otherDefault(
  server: Server,
  mount: string,
  declared: readonly string[],
  seen: ReadonlyMap<string, string>,
): Promise<readonly Finding[]> {
  const read = await server.read(`${mount}/config/issuers`);
  if (read === undefined || seen.size === 0) return [];
  const { default: signs } = configured.parse(read);
  const name = [...seen].find(([, id]) => id === signs)?.[0];
  if (name !== undefined && declared.includes(name)) return [];
  return [differs(`engine ${mount}/`, `signs by ${name ?? 'no known CA'}`)];
}

function commonName(certificate: string): string {
  const { subject } = new X509Certificate(certificate);
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
}
