import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileOf, issue, type ConsumerName } from '../bootstrap/delivering.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
/** On tmpfs, as the service's own directory below /run would be. */
let memory: string;
beforeAll(async () => {
  deployed = await deploy();
  memory = await mkdtemp('/dev/shm/backbone-test-');
});
afterAll(async () => {
  await deployed.stop();
  await rm(memory, { recursive: true, force: true });
});

interface Options {
  readonly consumer?: ConsumerName;
  readonly env?: Record<string, string>;
}

const clientOptions = (home: string, { consumer = 'unpoller', env = {} }: Options) => ({
  home,
  consumer,
  localAddress: addresses[consumer],
  env: { BACKBONE_SEED: '/nonexistent', XDG_RUNTIME_DIR: memory, ...env },
});

const run = (home: string, args: readonly string[], options: Options = {}) =>
  deployed.bundle(['run', '--wait', '0', ...args], clientOptions(home, options));

/** A host whose consumer is in already. */
async function enrolled(): Promise<string> {
  const home = await deployed.home();
  const file = await fileOf(deployed, await issue(deployed, 'unpoller'));
  const outcome = await run(home, ['--token-file', file, '--', 'true']);
  expect(outcome.exitCode, outcome.stderr).toBe(0);
  return home;
}

const printsEnvironment = [
  '--',
  process.execPath,
  '-e',
  'console.log(JSON.stringify(process.env))',
];

describe('what a child is given', () => {
  it('is what its consumer is granted, after a bootstrap in the same start, and no token', async () => {
    const sent = await issue(deployed, 'unpoller');
    const home = await deployed.home();
    const { exitCode, stdout, stderr } = await run(home, printsEnvironment, {
      env: {
        BAO_WRAPPED_SECRET_ID: sent.wrapping_token,
        BAO_ROLE_ID: sent.role_id,
        BAO_SECRET_ID_ACCESSOR: sent.accessor,
        OTHER: 'kept',
      },
    });
    expect(exitCode, stderr).toBe(0);
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(env['UNIFI_API_KEY']).toBe(deployed.secrets['unifi/exporter']?.['api_key']);
    expect(env['OTHER']).toBe('kept');
    expect(
      Object.keys(env).filter((name) => /^(BAO_(?!ADDR|CACERT)|VAULT_|AWS_)/.test(name)),
    ).toEqual([]);
    expect(stdout).not.toContain(sent.wrapping_token);
    expect(readdirSync(memory)).toEqual([]);
    expect(stderr).not.toContain(deployed.secrets['unifi/exporter']?.['api_key']);
    // By its certificate from now on.
    expect((await run(home, ['--', 'true'])).stderr).toContain('it came by its certificate');
  });

  it('is a token only where that is asked for, and it is given up at the end', async () => {
    const home = await enrolled();
    const { stdout } = await run(home, ['--with-token', ...printsEnvironment]);
    const { BAO_TOKEN: token = '' } = JSON.parse(stdout) as Record<string, string>;
    expect(token).not.toBe('');
    const { status } = await deployed.ask({
      method: 'POST',
      path: 'auth/token/lookup',
      body: { token },
    });
    expect(status).toBe(403);
  });

  it('is an AWS profile that fetches its session by itself, and no key of whoever started it', async () => {
    const home = await deployed.home();
    const file = await fileOf(deployed, await issue(deployed, 'terraform-agent'));
    const script =
      'console.log(JSON.stringify([process.env, require("fs").readFileSync(process.env.AWS_CONFIG_FILE, "utf8")]))';
    const { exitCode, stdout, stderr } = await run(
      home,
      ['--token-file', file, '--', process.execPath, '-e', script],
      {
        consumer: 'terraform-agent',
        env: { AWS_ACCESS_KEY_ID: 'AKIAOTHER', AWS_PROFILE: 'other' },
      },
    );
    expect(exitCode, stderr).toBe(0);
    const [env, config] = JSON.parse(stdout) as [Record<string, string>, string];
    expect(env).toMatchObject({
      AWS_PROFILE: 'tf-proxmox',
      UNIFI_USERNAME: deployed.secrets['unifi/tofu']?.['username'],
      UNIFI_PASSWORD: deployed.secrets['unifi/tofu']?.['password'],
    });
    expect(env).not.toHaveProperty('AWS_ACCESS_KEY_ID');
    expect(config).toContain('[profile tf-proxmox]\n');
    expect(config).toMatch(/credential_process = .* creds aws tf-proxmox --from \S+\n/);
  });

  it('leaves nothing behind', async () => {
    const home = await enrolled();
    await run(home, ['--', 'true']);
    expect(readdirSync(memory).filter((name) => name.startsWith('backbone-'))).toEqual([]);
  });
});

describe('the command', () => {
  it('ends with its own status, or with that of its signal', async () => {
    const home = await enrolled();
    expect((await run(home, ['--', 'sh', '-c', 'exit 7'])).exitCode).toBe(7);
    expect((await run(home, ['--', 'sh', '-c', 'kill -9 $$'])).exitCode).toBe(137);
    const missing = await run(home, ['--', '/nonexistent/command']);
    expect(missing).toMatchObject({ exitCode: 127 });
    expect(missing.stderr).not.toContain('    at ');
  });

  it('gets the signals that are sent to the client', async () => {
    const home = await enrolled();
    const script = `trap "echo got; exit 9" TERM; echo ready; while [ -d ${home} ]; do sleep 0.1; done`;
    const { process: client } = await deployed.started(
      ['run', '--', 'sh', '-c', script],
      clientOptions(home, {}),
    );
    client.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('ready')) client.kill('SIGTERM');
    });
    expect(await client).toMatchObject({ exitCode: 9, stdout: 'ready\ngot\n' });
  });

  it('is not started where its consumer is not let in', async () => {
    const home = await deployed.home();
    const mark = join(home, 'started');
    expect((await run(home, ['--', 'touch', mark])).exitCode).toBe(45);
    const sent = await issue(deployed, 'grafana');
    const file = await fileOf(deployed, { ...sent, consumer: 'unpoller' });
    expect((await run(home, ['--token-file', file, '--', 'touch', mark])).exitCode).toBe(44);
    expect(existsSync(mark)).toBe(false);
  });

  it('is not started where a secret has no value, and the value of another is not told', async () => {
    const home = await enrolled();
    const value = deployed.secrets['unifi/exporter'] ?? {};
    const put = (data: object) =>
      deployed.admin('GET', 'kv/data/unifi/exporter').then(({ data: entry }) =>
        deployed.admin('POST', 'kv/data/unifi/exporter', {
          data,
          options: { cas: (entry as { metadata: { version: number } }).metadata.version },
        }),
      );
    await put({ other: 'canary-5b1e' });
    const without = await run(home, ['--', 'true']);
    await put({ api_key: 'canary-6c2f\0' });
    const withNul = await run(home, ['--', 'true']);
    await put(value);
    expect(without.exitCode).toBe(1);
    expect(without.stderr).toContain('unifi/exporter has no field api_key');
    expect(withNul.exitCode).toBe(1);
    expect(withNul.stderr).toContain('NUL');
    expect(without.stderr + withNul.stderr).not.toContain('canary-');
  });
});

describe('a template', () => {
  it('is a file of mode 0600 while the command runs', async () => {
    const home = await enrolled();
    const template = await fileOf(deployed, 'key = "{{ unifi/exporter.api_key }}"\n');
    const out = join(memory, 'config');
    const { exitCode, stdout } = await run(home, [
      '--template',
      `${template}:${out}`,
      '--',
      'sh',
      '-c',
      `cat ${out}; stat -c %a ${out}`,
    ]);
    expect(exitCode).toBe(0);
    const value = deployed.secrets['unifi/exporter']?.['api_key'] ?? '';
    expect(stdout).toBe(`key = "${value}"\n600\n`);
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ['on a disk', 'x {{ unifi/exporter.api_key }}', '/proc/out', 'disk'],
    ['with a secret that is not granted', '{{ grafana/admin.password }}', undefined, 'not granted'],
    ['with something else in braces', '{{ unifi }}', undefined, 'line 1'],
  ])('%s is refused before anything is started', async (_, text, to, why) => {
    const home = await enrolled();
    const template = await fileOf(deployed, text);
    const mark = join(home, 'started');
    const out = to ?? join(memory, 'refused');
    const outcome = await run(home, ['--template', `${template}:${out}`, '--', 'touch', mark]);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain(why);
    expect([mark, out].filter((file) => existsSync(file))).toEqual([]);
  });

  it('lies on a disk where that is allowed', async () => {
    const home = await enrolled();
    const template = await fileOf(deployed, '{{ unifi/exporter.api_key }}');
    const out = join(home, 'config');
    const args = ['--allow-disk', '--template', `${template}:${out}`, '--', 'cat', out];
    expect((await run(home, args)).stdout).toBe(deployed.secrets['unifi/exporter']?.['api_key']);
  });
});

describe('a long run', () => {
  it('writes a changed value and tells the command by the signal that it wants', async () => {
    const home = await enrolled();
    const out = join(memory, 'reloaded');
    const template = await fileOf(deployed, '{{ unifi/exporter.api_key }}\n');
    const script = `trap "cat ${out}; exit 0" HUP; echo ready; while [ -d ${home} ]; do sleep 0.1; done`;
    const { process: client } = await deployed.started(
      [
        'run',
        '--poll',
        '1',
        '--reload',
        'HUP',
        '--template',
        `${template}:${out}`,
        '--',
        'sh',
        '-c',
        script,
      ],
      clientOptions(home, {}),
    );
    const hostile = `$& {{ unifi/exporter.api_key }} "\\'\` é`;
    client.stdout.on('data', (text: Buffer) => {
      if (!text.toString().includes('ready')) return;
      void deployed.admin('GET', 'kv/data/unifi/exporter').then(({ data }) =>
        deployed.admin('POST', 'kv/data/unifi/exporter', {
          data: { api_key: hostile },
          options: { cas: (data as { metadata: { version: number } }).metadata.version },
        }),
      );
    });
    const { exitCode, stdout, stderr } = await client;
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe(`ready\n${hostile}\n`);
    expect(stderr).not.toContain(hostile);
  });

  it('goes on with a new token by the certificate when the first one lives no longer', async () => {
    const home = await enrolled();
    const { data } = await deployed.admin('GET', 'auth/cert/certs/unpoller');
    await deployed.admin('POST', 'auth/cert/certs/unpoller', {
      ...(data as object),
      token_ttl: '20s',
      token_max_ttl: '20s',
    });
    const seen = join(home, 'seen');
    // Ends when its token file holds another token than at its start.
    const script =
      `f=$BAO_TOKEN_FILE; cp $f ${seen}; echo ready; ` +
      `while cmp -s $f ${seen} && [ -d ${home} ]; do sleep 0.1; done; cat $f`;
    try {
      const { exitCode, stdout, stderr } = await run(home, [
        '--with-token',
        '--poll',
        '1',
        '--',
        'sh',
        '-c',
        script,
      ]);
      expect(exitCode, stderr).toBe(0);
      const [, second = ''] = stdout.split('\n');
      const first = (await readFile(seen, 'utf8')).trim();
      expect(second).not.toBe('');
      expect(second).not.toBe(first);
      const path = 'auth/token/lookup';
      const lookup = await deployed.ask({ method: 'POST', path, body: { token: first } });
      expect(lookup.status).toBe(403);
    } finally {
      await deployed.admin('POST', 'auth/cert/certs/unpoller', data);
    }
  });
});

describe('a token file', () => {
  it('is open to its user alone', async () => {
    const home = await enrolled();
    const file = join(home, 'mode');
    await run(home, ['--with-token', '--', 'sh', '-c', `stat -c %a $BAO_TOKEN_FILE > ${file}`]);
    expect((await readFile(file, 'utf8')).trim()).toBe('600');
  });
});
