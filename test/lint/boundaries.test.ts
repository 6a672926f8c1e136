import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

/** The project's own rules on files that do not exist; only the rules on imports run. */
const eslint = new ESLint({
  overrideConfig: [tseslint.configs.disableTypeChecked],
  ruleFilter: ({ ruleId }) => ruleId.startsWith('no-restricted-'),
});

async function findings(filePath: string, code: string): Promise<readonly string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

const imports = 'no-restricted-imports';

describe('the direction of imports', () => {
  it.each([
    ['config', 'src/config/x.ts', 'cdktf'],
    ['config', 'src/config/x.ts', '@cdktf/provider-vault/lib/policy/index.js'],
    ['config', 'src/config/x.ts', '../constructs/x.ts'],
    ['config', 'src/config/rules/x.ts', '../../commands/deploy.ts'],
    ['the model', 'src/model/x.ts', 'cdktf'],
    ['the model', 'src/model/x.ts', 'constructs'],
    ['the model', 'src/model/x.ts', 'node:fs'],
    ['the model', 'src/model/x.ts', 'node:os'],
    ['the model', 'src/model/x.ts', '../constructs/logical-id.ts'],
    ['the model', 'src/model/x.ts', '../config/load.ts'],
    ['a policy', 'policies/aws/x.ts', 'node:fs/promises'],
    ['a policy', 'policies/aws/x.ts', '../../src/constructs/aws/role.ts'],
    ['a construct', 'src/constructs/aws/x.ts', 'node:fs'],
    ['a construct', 'src/constructs/aws/x.ts', 'fs'],
    ['a construct', 'src/constructs/aws/x.ts', 'node:child_process'],
    ['a construct', 'src/constructs/aws/x.ts', '../../../stacks/openbao.ts'],
    ['a construct', 'src/constructs/aws/x.ts', '@cdktf/provider-aws'],
    ['a stack', 'stacks/x.ts', 'node:fs'],
    ['a stack', 'stacks/x.ts', '../src/config/load.ts'],
    ['the GitHub broker', 'src/broker/x.ts', '../model/names.ts'],
    ['the GitHub broker', 'src/broker/x.ts', 'cdktf'],
    ['the Infisical client', 'src/infisical/x.ts', 'cdktf'],
    ['the Infisical client', 'src/infisical/import/x.ts', '../../model/names.ts'],
    ['the client', 'src/client/x.ts', 'cdktf'],
    ['the client', 'src/client/x.ts', '../model/names.ts'],
    ['the client', 'src/client/x.ts', '../config/brands.ts'],
    ['the client', 'src/client/x.ts', '../output/terminal.ts'],
    ['the rotation', 'src/rotation/x.ts', '../model/names.ts'],
    ['the rotation', 'src/rotation/x.ts', 'cdktf'],
    ['the terminal', 'src/terminal/x.ts', '../client/openbao.ts'],
    ['the terminal', 'src/terminal/x.ts', '../output/terminal.ts'],
    ['the contract', 'src/contract/x.ts', '../client/openbao.ts'],
    ['the contract', 'src/contract/x.ts', '../model/names.ts'],
    ['the contract', 'src/contract/x.ts', 'node:fs'],
    ['review', 'src/review/x.ts', '../constructs/aws/role.ts'],
    ['a guardrail', 'policies/rules/x.ts', 'cdktf'],
    ['a guardrail', 'policies/rules/x.ts', 'node:fs'],
    ['a guardrail', 'policies/rules/x.ts', '../../src/constructs/aws/role.ts'],
    ['a guardrail', 'policies/rules/x.ts', '../../src/model/names.ts'],
    ['what runs the guardrails', 'src/guardrails/x.ts', '../../stacks/openbao.ts'],
    ['the program', 'src/main.ts', '../lab/up.ts'],
    ['a command', 'src/commands/deploy.ts', '../../lab/up.ts'],
    ['even the lab command, at start', 'src/commands/lab.ts', '../../lab/up.ts'],
    ['the program', 'src/main.ts', '../test/fixtures/declaration.ts'],
    ['a stack', 'stacks/x.ts', '../bench/main.ts'],
  ])('refuses to %s (%s): %s', async (_, file, source) => {
    expect(await findings(file, `import '${source}';`)).toEqual([imports]);
    expect(await findings(file, `import type { X } from '${source}';`)).toEqual([imports]);
    expect(await findings(file, `export { X } from '${source}';`)).toEqual([imports]);
  });

  it.each([
    ['config', 'src/config/load.ts', 'node:fs/promises'],
    ['config', 'src/config/x.ts', '../model/names.ts'],
    ['the model', 'src/model/x.ts', '../config/brands.ts'],
    ['the model', 'src/model/x.ts', '../../policies/aws/document.ts'],
    ['a policy', 'policies/openbao/x.ts', '../../src/model/names.ts'],
    ['a guardrail', 'policies/rules/x.ts', '../../src/review/reach/view.ts'],
    ['a guardrail', 'policies/rules/x.ts', '../../src/synthesized/resource.ts'],
    ['a construct', 'src/constructs/aws/x.ts', '@cdktf/provider-aws/lib/iam-role/index.js'],
    ['a construct', 'src/constructs/proxmox/x.ts', '../../../.gen/providers/proxmox/index.js'],
    ['a stack', 'stacks/x.ts', '../src/constructs/aws/role.ts'],
    ['the client', 'src/client/x.ts', 'node:https'],
    ['the rotation', 'src/rotation/x.ts', '../client/openbao.ts'],
    ['the client', 'src/client/x.ts', '../terminal/ask.ts'],
    ['a command', 'src/commands/x.ts', './lab.ts'],
    ['the lab', 'lab/x.ts', '../stacks/openbao.ts'],
    ['a test', 'test/x.test.ts', '../lab/up.ts'],
    ['a benchmark', 'bench/x.ts', '../lab/up.ts'],
  ])('lets %s (%s) import %s', async (_, file, source) => {
    expect(await findings(file, `import '${source}';`)).toEqual([]);
  });
});

describe('the lab', () => {
  it('is loaded lazily, by its own command alone', async () => {
    const lazily = `await import('../../lab/up.ts');`;
    expect(await findings('src/commands/lab.ts', lazily)).toEqual([]);
    expect(await findings('src/commands/deploy.ts', lazily)).toEqual(['no-restricted-syntax']);
  });
});

describe('a pure folder', () => {
  it.each(['process.env', 'Date.now()', 'fetch("x")', 'console.log("x")'])(
    'does not look at the machine: %s',
    async (code) => {
      for (const file of ['src/model/x.ts', 'policies/aws/x.ts']) {
        expect(await findings(file, `${code};`)).toEqual(['no-restricted-globals']);
      }
      expect(await findings('src/commands/x.ts', `${code};`)).toEqual([]);
    },
  );
});
