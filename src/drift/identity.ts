import { z } from 'zod';
import { mounts } from '../model/names.ts';
import type { Expected } from './expected.ts';
import { differs, extra, missing, type Finding } from './finding.ts';
import type { Server } from './server.ts';

const entity = z.object({
  policies: z.array(z.string()).nullish(),
  disabled: z.boolean().nullish(),
  aliases: z.array(z.object({ mount_path: z.string(), name: z.string() })).nullish(),
});
const user = z.object({
  token_policies: z.array(z.string()).nullish(),
  token_bound_cidrs: z.array(z.string()).nullish(),
  token_no_default_policy: z.boolean().nullish(),
  token_period: z.number().nullish(),
});

/** The names that the server gives to whoever logs in without an entity of its own: people. */
const madeAtLogin = /^entity_[0-9a-f]{8}(\.\w+)?$/;

/** Entities, what else may log in as them, and groups, of which this program makes none. */
export async function identityDrift(
  server: Server,
  expected: Expected,
): Promise<readonly Finding[]> {
  const wanted = expected.of('vault_identity_entity', 'name');
  const aliases = expected.aliases();
  const there = await server.list('identity/entity/name');
  const findings: Finding[] = [];
  for (const name of there) {
    const what = `identity ${name}`;
    const read = entity.parse((await server.read(`identity/entity/name/${name}`)) ?? {});
    const policies = read.policies ?? [];
    if (policies.length > 0) findings.push(differs(what, `gives ${policies.join(', ')} besides`));
    const declared = wanted.get(name);
    const ways = (read.aliases ?? []).map(({ mount_path }) => mount_path);
    const allowed =
      declared === undefined
        ? [`auth/${mounts.operator}/`, 'auth/bootstrap/']
        : (aliases.get(declared.address) ?? []);
    const foreign = ways.filter((way) => !allowed.includes(way));
    if (declared === undefined && (!madeAtLogin.test(name) || foreign.length > 0)) {
      findings.push(extra(what, `comes by ${ways.join(', ') || 'no login'}`));
    } else if (foreign.length > 0 || (declared !== undefined && ways.length > allowed.length)) {
      findings.push(
        differs(what, `comes by ${ways.join(', ')}, not by ${allowed.join(', ')} alone`),
      );
    }
    if (declared !== undefined && read.disabled === true)
      findings.push(differs(what, 'is disabled'));
  }
  const gone = [...wanted.keys()].filter((name) => !there.includes(name));
  const groups = await server.list('identity/group/name');
  return [
    ...findings,
    ...gone.map((name) => missing(`identity ${name}`)),
    ...groups.map((name) => extra(`identity group ${name}`, 'this program makes none')),
  ];
}

/** People: made by hand, so each is held to what an operator is. */
export async function peopleDrift(server: Server): Promise<readonly Finding[]> {
  return [
    ...(await users(server, mounts.operator, 'operator')),
    ...(await users(server, 'bootstrap', 'bootstrap', 'bootstrap')),
  ];
}

async function users(
  server: Server,
  method: string,
  policy: string,
  only?: string,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of await server.list(`auth/${method}/users`)) {
    const what = `user ${name} of auth/${method}/`;
    const found = user.parse((await server.read(`auth/${method}/users/${name}`)) ?? {});
    const policies = found.token_policies ?? [];
    if (only !== undefined && name !== only) findings.push(extra(what, policies.join(', ')));
    if (policies.join() !== policy) {
      findings.push(
        differs(what, `has the policies ${policies.join(', ') || 'none'}, not ${policy}`),
      );
    }
    if ((found.token_bound_cidrs ?? []).length === 0)
      findings.push(differs(what, 'is bound to no address'));
    if (found.token_no_default_policy !== true)
      findings.push(differs(what, 'has the default policy'));
    if ((found.token_period ?? 0) > 0)
      findings.push(differs(what, 'its tokens can be renewed without end'));
  }
  return findings;
}
