import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allows, capabilities, mergeAcl } from '../../src/review/acl/acl.ts';
import { parseAcl } from '../../src/review/acl/parse.ts';
import { devServer, type Server } from '../policies/openbao/server.ts';

/**
 * The real OpenBao decides the same (policies, path) pairs, by its own `sys/capabilities`; of a seed that is
 * written here, so the same pairs on every machine.
 */
const seed = 20_262;
const tokens = 125;
const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const segment = pick('a', 'b', 'ab', 'data');
const path = fc
  .record({
    segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
    end: pick('', '', '', '/'),
  })
  .map(({ segments, end }) => segments.join('/') + end);
const pattern = fc
  .record({
    segments: fc.array(pick('a', 'b', 'ab', 'data', '+', '+'), { minLength: 1, maxLength: 4 }),
    end: pick('', '', '*', '/*', '/'),
  })
  .map(({ segments, end }) => segments.join('/') + end)
  // Which the server refuses, and so do we.
  .filter((one) => !one.includes('+*'));
const capability = pick('read', 'create', 'update', 'delete', 'list', 'sudo', 'patch');
const rule = fc
  .record({
    path: fc.oneof({ weight: 1, arbitrary: path }, { weight: 3, arbitrary: pattern }),
    capabilities: fc.uniqueArray(capability, { minLength: 1, maxLength: 3 }),
    deny: fc.integer({ min: 0, max: 7 }),
  })
  .map(({ path: of, capabilities: given, deny }) => {
    const list = deny === 0 ? ['deny'] : given;
    return `path ${JSON.stringify(of)} {\n  capabilities = ${JSON.stringify(list)}\n}\n`;
  });
const policy = fc.array(rule, { minLength: 1, maxLength: 5 }).map((rules) => rules.join(''));
const policies = fc.sample(fc.array(policy, { minLength: 1, maxLength: 2 }), {
  seed,
  numRuns: tokens,
});
const paths = [...new Set(fc.sample(path, { seed, numRuns: 200 }))].slice(0, 24);

let server: Server;
beforeAll(async () => {
  server = await devServer();
  for (const mount of ['a', 'ab', 'b', 'data']) await post(`sys/mounts/${mount}`, { type: 'kv' });
});
afterAll(async () => {
  await server.stop();
});

async function post(name: string, body: unknown): Promise<Readonly<Record<string, unknown>>> {
  const answer = await server.request(server.rootToken, { method: 'POST', path: name, body });
  if (answer.status >= 300) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

it('3,000 pairs are decided as the server decides them', async () => {
  const disagreements: unknown[] = [];
  let allowed = 0;
  let pairs = 0;
  for (const [index, texts] of policies.entries()) {
    const names = texts.map((_, place) => `generated-${String(index)}-${String(place)}`);
    for (const [place, name] of names.entries()) {
      await post(`sys/policies/acl/${name}`, { policy: texts[place] });
    }
    const { auth } = await post('auth/token/create', {
      policies: names,
      no_default_policy: true,
      ttl: '10m',
    });
    const { client_token: token } = auth as { client_token: string };
    const { data } = await post('sys/capabilities', { token, paths });
    const acl = mergeAcl(texts.map(parseAcl));
    // Not only what it says of itself: what it does. A LIST is of a path with a slash at its end.
    for (const one of paths.filter((_, place) => place % 4 === index % 4)) {
      const asked = one.endsWith('/') ? one : `${one}/`;
      const { status } = await server.request(token, { method: 'LIST', path: asked });
      const ours = allows(acl, { path: asked, operation: 'list' });
      pairs += 1;
      if (ours !== (status !== 403)) disagreements.push({ texts, asked, ours, status });
    }
    for (const one of paths) {
      const theirs = [...((data as Record<string, string[]>)[one] ?? ['no answer'])].sort();
      const ours = capabilities(acl, one);
      pairs += 1;
      if (!ours.includes('deny')) allowed += 1;
      if (ours.join() !== theirs.join()) disagreements.push({ texts, one, ours, theirs });
    }
  }
  expect(disagreements).toEqual([]);
  expect(pairs).toBeGreaterThanOrEqual(2000);
  // Both answers occur often: else nothing was compared.
  expect(allowed).toBeGreaterThan(300);
  expect(pairs - allowed).toBeGreaterThan(300);
});
