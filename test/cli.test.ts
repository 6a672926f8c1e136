import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../src/cli.ts';

let out: string;
let err: string;

beforeEach(() => {
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  // No command here may get further than its arguments.
  vi.stubEnv('BACKBONE_FILE', '/nonexistent/backbone.yaml');
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('a command line that is wrong', () => {
  it.each<[string, RegExp]>([
    ['nope', /there is no command "nope"; there are: synth, plan/],
    ['constructor', /there is no command "constructor"/],
    ['secret', /"secret" needs one of: put, list/],
    ['secret nope', /there is no command "secret nope"/],
    ['plan --jsn', /there is no option "--jsn"/],
    ['plan nope', /there is no stack "nope"; there are: host/],
    ['plan --file', /--file needs a value/],
    ['plan --file= host', /--file needs a value/],
    ['plan -f --file', /-f needs a value/],
    ['deploy --auto-approve=no', /--auto-approve takes no value/],
    ['deploy --auto-approve=false', /--auto-approve takes no value/],
    ['destroy', /Missing required positional argument: STACK/],
    ['destroy --auto-approve', /Missing required positional argument: STACK/],
    ['destroy --auto-approve --', /Missing required positional argument: STACK/],
    ['as', /Missing required positional argument: IDENTITY/],
    ['as terraform-plan', /write the command to run after --/],
    ['as root -- true', /"root" is neither terraform-plan nor terraform-apply/],
    ['secret put', /Missing required positional argument: PATH/],
    ['lab up --bare', /--bare goes with --host container/],
    ['doctor extra', /too many words: 1 were given, it takes none/],
  ])('is refused: %s', async (line, message) => {
    expect(await main(line.split(' '))).toBe(1);
    expect(err).toMatch(message);
    expect(err).toMatch(/^backbone: [^\n]*\n$/);
    expect(out).toBe('');
  });

  it('does not repeat a word that might be the value of a secret', async () => {
    expect(await main(['secret', 'put', 'unifi/tofu', 'hunter2'])).toBe(1);
    expect(err).toContain('too many words');
    expect(err).not.toContain('hunter2');
  });
});

describe('--json', () => {
  it('gives the refusals of a declaration on stdout', async () => {
    expect(await main(['plan', '--json'])).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      error: 'declaration refused',
      refusals: [{ file: '/nonexistent/backbone.yaml', line: 1, problem: 'there is no such file' }],
    });
  });

  it('gives any other reason on stdout, too', async () => {
    expect(await main(['plan', 'nope', '--json'])).toBe(1);
    expect(JSON.parse(out)).toEqual({
      error: expect.stringContaining('there is no stack "nope"') as string,
    });
  });
});

describe('help', () => {
  it.each([
    'synth',
    'plan',
    'deploy',
    'destroy',
    'as',
    'secret put',
    'secret list',
    'doctor',
    'lab up',
    'lab env',
  ])('of %s has its name once and ends with an example', async (line) => {
    expect(await main([...line.split(' '), '--help'])).toBe(0);
    expect(out).toContain(`USAGE backbone ${line}`);
    expect(out.trimEnd().split('\n\n').at(-1)).toMatch(/^Example: .*backbone/);
  });

  it('of the whole has one line for each command', async () => {
    expect(await main([])).toBe(0);
    expect(out).toMatch(
      /^ +destroy {4}Destroy stacks, last first, after naming what will be lost *$/m,
    );
    expect(out).not.toContain('Example');
  });

  it('holds no colour where it is not read on a terminal', async () => {
    await main(['--help']);
    expect(out).not.toContain('\u001B');
  });

  it('is not given for an option of the command that runs under an identity', async () => {
    expect(await main(['as', 'terraform-plan', '--', 'terraform', '--help'])).toBe(1);
    expect(err).toContain('/nonexistent/backbone.yaml');
  });
});
