import { describe, expect, it } from 'vitest';
import { fill } from '../../../src/client/run/template.ts';

const hostile = `$& $1 $\` \\ "quoted" 'too' {{ unifi/tofu.password }} \n\t\u0000 ${'é'.repeat(3)}`;
const valueOf = (secret: string, field: string) =>
  secret === 'unifi/tofu' && field === 'password' ? hostile : `<${secret} ${field}>`;

describe('a template', () => {
  it('gets values as they are, and looks at them no second time', () => {
    expect(fill('a={{ unifi/tofu.password }};{{unifi/tofu.username}}', valueOf, 't')).toBe(
      `a=${hostile};<unifi/tofu username>`,
    );
  });

  it('keeps everything else, and gives braces where they are asked for', () => {
    const text = '${HOME} $1 { } }} %s \r\n';
    expect(fill(text, valueOf, 't')).toBe(text);
    expect(fill('{{ "{{" }} x }}', valueOf, 't')).toBe('{{ x }}');
  });

  it.each([
    ['{{ unifi/tofu }}', 1],
    ['x\n\n{{ .Values.x }}', 3],
    ['x\n{{ unifi/tofu.password', 2],
    ['{{ unifi/tofu.password\n}}', 1],
    ['{{ UNIFI.password }}', 1],
    ['{{ a.b.c }}', 1],
    ['{{}}', 1],
  ])('is refused with its line where %j is no placeholder', (text, line) => {
    expect(() => fill(text, valueOf, 'file.tmpl')).toThrow(`file.tmpl, line ${String(line)}: `);
  });
});
