import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ansibleDirectory, ansibleOrSkip } from './ansible.ts';

const ansible = await ansibleOrSkip('ansible-lint and yamllint');

describe.runIf(ansible)('the roles and playbooks', () => {
  afterAll(() => ansible?.remove());

  it('pass ansible-lint at its strictest profile, and yamllint', async () => {
    const lint = await ansible?.run('ansible-lint', ['--offline', '--nocolor']);
    expect(lint?.exitCode, lint?.all).toBe(0);
    const yaml = await ansible?.run('yamllint', ['--strict', '.']);
    expect(yaml?.exitCode, yaml?.all).toBe(0);
  });

  it('would not pass with a task that has no name and no full module name', async () => {
    const copy = join(ansible?.directory ?? '', 'copy');
    await cp(ansibleDirectory, copy, { recursive: true });
    const file = join(copy, 'roles/alarm/tasks/configure.yml');
    await writeFile(file, `${await readFile(file, 'utf8')}\n- command: /bin/true\n`);
    const lint = await ansible?.run('ansible-lint', ['--offline', '--nocolor', file], {
      cwd: copy,
    });
    expect(lint?.exitCode).not.toBe(0);
    expect(lint?.all).toContain('fqcn');
    const yaml = await ansible?.run('yamllint', ['--strict', 'roles/alarm'], { cwd: copy });
    expect(yaml?.exitCode, yaml?.all).toBe(0);
    await writeFile(file, '---\n- {name: x,   a: b }\n');
    const broken = await ansible?.run('yamllint', ['--strict', 'roles/alarm'], { cwd: copy });
    expect(broken?.exitCode).not.toBe(0);
  });
});
