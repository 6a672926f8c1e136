import { bootstrapAcl } from '../../policies/openbao/bootstrap.ts';
import { renderAcl } from '../../policies/openbao/acl.ts';
import { mergeAcl } from '../review/acl/acl.ts';
import { compareAcl } from '../review/acl/compare.ts';
import { AclUnreadable, parseAcl } from '../review/acl/parse.ts';
import type { Verdict } from '../review/verdict.ts';
import type { Expected } from './expected.ts';
import { differs, extra, missing, type Finding } from './finding.ts';
import type { Server } from './server.ts';

/** What OpenBao keeps itself; nothing that this program makes has the policy `default`. */
const builtIn = new Set(['root', 'default']);

/** Every policy: by what it allows, so that comments and order are no drift. */
export async function policyDrift(server: Server, expected: Expected): Promise<readonly Finding[]> {
  const wanted = expected.of('vault_policy', 'name');
  const there = (await server.list('sys/policies/acl')).filter((name) => !builtIn.has(name));
  const findings: Finding[] = [];
  for (const name of there) {
    const what = `policy ${name}`;
    const text = (await server.read(`sys/policies/acl/${name}`))?.['policy'];
    const own = typeof text === 'string' ? text : '';
    const declared = wanted.get(name)?.values['policy'];
    if (name === 'bootstrap') {
      // Made at the server's first start and kept: an older program's may lack something.
      findings.push(...compared(what, renderAcl(bootstrapAcl()), own, ['WIDENS', 'UNKNOWN']));
    } else if (typeof declared === 'string') {
      findings.push(...compared(what, declared, own, ['WIDENS', 'NARROWS', 'UNKNOWN']));
    } else findings.push(extra(what, pathsOf(own)));
  }
  const gone = [...wanted.keys()].filter((name) => !there.includes(name));
  return [...findings, ...gone.map((name) => missing(`policy ${name}`))];
}

function compared(
  what: string,
  wanted: string,
  there: string,
  counted: readonly Verdict[],
): readonly Finding[] {
  if (wanted.trim() === there.trim()) return [];
  try {
    const changes = compareAcl(mergeAcl([parseAcl(wanted)]), mergeAcl([parseAcl(there)]));
    if (changes === undefined) return [differs(what, 'too many patterns to compare')];
    const found = new Map<string, string[]>();
    for (const { verdict, operation, path } of changes) {
      if (!counted.includes(verdict)) continue;
      const key = `${verdict} ${path}`;
      found.set(key, [...(found.get(key) ?? []), operation]);
    }
    return [...found].map(([key, operations]) => differs(what, `${key}: ${operations.join(', ')}`));
  } catch (error) {
    if (!(error instanceof AclUnreadable)) throw error;
    return [differs(what, `it cannot be compared: ${error.message}`)];
  }
}

function pathsOf(text: string): string {
  try {
    const stanzas = parseAcl(text);
    const shown = stanzas.slice(0, 3).map((one) => `${one.capabilities.join(',')} ${one.path}`);
    return `allows ${shown.join('; ')}${stanzas.length > 3 ? '; ...' : ''}`;
  } catch (error) {
    if (!(error instanceof AclUnreadable)) throw error;
    return `it cannot be read: ${error.message}`;
  }
}
