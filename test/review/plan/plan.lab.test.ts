import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareReachWithPlans } from '../../../src/review/plan/compare.ts';
import { parsePlan } from '../../../src/review/plan/plan.ts';
import { compareReach } from '../../../src/review/reach/compare.ts';
import { asMarkdown } from '../../../src/review/render/markdown.ts';
import { asText } from '../../../src/review/render/text.ts';
import { parseStack } from '../../../src/synthesized/parse.ts';
import type { JsonObject, Synthesized } from '../../../src/synthesized/resource.ts';
import { servedWorkspace } from '../../lab/vault-provider/served-workspace.ts';

const canary = 'CANARY-0b7d';
const at = servedWorkspace({ destroy: true });

/** A stack as synth writes one: a login, its policy, and a role that is written by its path. */
function stack({
  policy = 'path "kv/data/a" { capabilities = ["read"] }',
  role = {},
  more = {},
}: {
  readonly policy?: string;
  readonly role?: JsonObject;
  readonly more?: JsonObject;
} = {}): { readonly text: string; readonly read: Synthesized } {
  const text = JSON.stringify({
    resource: {
      vault_auth_backend: { approle: { type: 'approle', path: 'approle' } },
      vault_policy: { reader: { name: 'reader', policy } },
      vault_approle_auth_backend_role: {
        reader: {
          backend: '${vault_auth_backend.approle.path}',
          role_name: 'reader',
          token_policies: ['${vault_policy.reader.name}'],
          token_no_default_policy: true,
          token_bound_cidrs: ['192.0.2.1/32'],
          token_ttl: 60,
          token_max_ttl: 60,
          ...role,
        },
      },
      vault_generic_endpoint: {
        other: {
          path: 'auth/approle/role/other',
          data_json: JSON.stringify({ token_policies: ['reader'], token_ttl: 60 }),
          ignore_absent_fields: true,
          depends_on: ['vault_auth_backend.approle'],
        },
      },
      ...more,
    },
  });
  return { text, read: { stacks: [parseStack('openbao', text, 'openbao')] } };
}

const file = () => join(at.workspace.directory, 'stack.tf.json');

async function deploy(text: string): Promise<void> {
  await at.workspace.write('');
  await writeFile(file(), text);
  await at.workspace.init();
  await at.workspace.apply();
  await at.workspace.planClean();
}

/** The plan of that text, as a person would make it. */
async function planOf(text: string) {
  await writeFile(file(), text);
  await at.workspace.plan('-out=plan');
  const { stdout } = await at.workspace.ok('show', '-json', 'plan');
  return { stdout, plans: new Map([['openbao', parsePlan(stdout, 'openbao.json')]]) };
}

const brief = (changes: ReturnType<typeof compareReach>) =>
  changes.map(({ verdict, subject, what }) => `${verdict} ${subject}: ${what}`).sort();

describe('a real plan', () => {
  it('of what is there and nobody changed adds nothing', async () => {
    const { text, read } = stack();
    await deploy(text);
    const { plans } = await planOf(text);
    expect(compareReachWithPlans(read, read, plans)).toEqual([]);
  });

  it('tells what an expression stands for', async () => {
    const base = stack();
    await deploy(base.text);
    const written = (path: string) =>
      `\${replace("path \\"kv/data/X\\" { capabilities = [\\"read\\"] }", "X", "${path}")}`;
    const same = stack({ policy: written('a') });
    expect(brief(compareReach(base.read, same.read))[0]).toMatch(/^UNKNOWN/);
    expect(compareReachWithPlans(base.read, same.read, (await planOf(same.text)).plans)).toEqual(
      [],
    );

    const wider = stack({ policy: written('*') });
    const found = brief(
      compareReachWithPlans(base.read, wider.read, (await planOf(wider.text)).plans),
    );
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((one) => one.startsWith('WIDENS'))).toBe(true);
    expect(found.join()).toContain('approle reader');
  });

  it('tells what an apply changes on the server that the declaration does not', async () => {
    const { text, read } = stack();
    await deploy(text);
    // By hand: one wider, one narrower, one gone.
    await at.server.call('POST', 'auth/approle/role/reader', {
      ...{ token_ttl: 50, token_max_ttl: 3600 },
    });
    await at.server.call('DELETE', 'sys/policies/acl/reader');
    const { plans } = await planOf(text);
    const found = brief(compareReachWithPlans(read, read, plans));
    expect(found).toContain('NARROWS approle reader: against the server: token_max_ttl');
    expect(found).toContain('WIDENS approle reader: against the server: token_ttl');
    expect(found.filter((one) => one.includes('kv/data/a')).length).toBeGreaterThan(0);
  });

  it('tells what was changed by hand and stays so', async () => {
    const { text, read } = stack({ role: { lifecycle: { ignore_changes: ['token_max_ttl'] } } });
    await deploy(text);
    await at.server.call('POST', 'auth/approle/role/reader', { token_max_ttl: 3600 });
    const { plans } = await planOf(text);
    expect(brief(compareReachWithPlans(read, read, plans))).toEqual([
      'WIDENS approle reader: kept on the server: token_max_ttl',
    ]);
  });

  it('tells what an apply removes that was made by an older declaration', async () => {
    const role = { backend: 'approle', role_name: 'old', token_policies: ['reader'] };
    const older = stack();
    const withOld = JSON.parse(older.text) as {
      resource: { vault_approle_auth_backend_role: Record<string, unknown> };
    };
    withOld.resource.vault_approle_auth_backend_role['old'] = {
      ...role,
      depends_on: ['vault_auth_backend.approle'],
    };
    await deploy(JSON.stringify(withOld));
    const { plans } = await planOf(older.text);
    const found = brief(compareReachWithPlans(older.read, older.read, plans));
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((one) => one.includes('approle old: against the server: '))).toBe(true);
  });

  it('shows no sensitive value, and calls what it hides unknown', async () => {
    const { text, read } = stack();
    await deploy(text);
    await at.server.call('POST', 'auth/approle/role/other', { token_policies: [canary] });
    const { stdout, plans } = await planOf(text);
    expect(stdout.includes(canary)).toBe(true);
    const changes = compareReachWithPlans(read, read, plans);
    expect(brief(changes).join()).toContain('against the server');
    expect(changes.every(({ verdict }) => verdict === 'UNKNOWN')).toBe(true);
    for (const shown of [JSON.stringify(changes), asText(changes), asMarkdown(changes)]) {
      expect(shown.toLowerCase()).not.toContain(canary.toLowerCase());
    }
  });

  it('is refused where it was made from something else', async () => {
    const { text, read } = stack();
    await deploy(text);
    const { plans } = await planOf(text);
    const other = stack({ role: { token_ttl: 59 } }).read;
    expect(() => compareReachWithPlans(read, other, plans)).toThrow(
      'vault_approle_auth_backend_role.reader, token_ttl differs',
    );
    const more = stack({ more: { vault_policy: {} } }).read;
    expect(() => compareReachWithPlans(read, more, plans)).toThrow('vault_policy.reader differs');
    expect(() => compareReachWithPlans(read, { stacks: [] }, plans)).toThrow(
      'head has no stack "openbao"',
    );
  });

  it('of a part of the stack is refused', async () => {
    const { text } = stack();
    await deploy(text);
    await at.workspace.plan('-out=plan', '-target=vault_policy.reader');
    const { stdout } = await at.workspace.ok('show', '-json', 'plan');
    expect(() => parsePlan(stdout, 'openbao.json')).toThrow('of a part of the stack');
  });
});
