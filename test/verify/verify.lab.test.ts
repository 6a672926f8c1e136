import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openbao } from '../../lab/parts/python.ts';
import { loadDeclaration } from '../../src/config/load.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { exitCodeOf } from '../../src/verify/case.ts';
import { verify as verifyBackbone } from '../../src/verify/verify.ts';
import { labOfItsOwn, type Ran, type RunningLab } from '../lab/running-lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Case {
  readonly outcome: string;
  readonly who: string;
  readonly kind: string;
  readonly tries: string;
  readonly expected: string;
  readonly way: string;
  readonly said: string;
}
interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly cases: readonly Case[];
  readonly left: readonly unknown[];
}
interface Finding {
  readonly kind: string;
  readonly what: string;
  readonly found: string;
}

const canary = 'canary-verify-5b1f0a93';

let lab: RunningLab;
let env: Record<string, string>;
let state: string;
let bao: string;

beforeAll(async () => {
  lab = await labOfItsOwn();
  bao = (await openbao(() => undefined)).path;
  const up = await lab.backbone(['lab', 'up']);
  expect(up, up.stderr).toMatchObject({ exitCode: 0 });
  env = await lab.environment();
  const deployed = await lab.backbone(['deploy', '*', '--auto-approve'], { env });
  expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
  // Its people, its values and a login at Infisical, all by real calls.
  const tour = await lab.backbone(['lab', 'tour'], { env });
  expect(tour, tour.stderr).toMatchObject({ exitCode: 0 });
  state = join(lab.paths.root, '..', 'state');
  env = await fresh();
  const put = await lab.backbone(['secret', 'put', 'unifi/exporter'], {
    env,
    input: JSON.stringify({ username: canary, password: canary }),
  });
  expect(put, put.stderr).toMatchObject({ exitCode: 0 });
});

afterAll(async () => {
  await lab.remove();
});

const fresh = async () => ({ ...(await lab.environment()), XDG_STATE_HOME: state });

async function verify(more: Record<string, string> = {}): Promise<Ran & { report: Report }> {
  const ran = await lab.backbone(['verify', '--json'], { env: { ...env, ...more } });
  return { ...ran, report: JSON.parse(ran.stdout) as Report };
}

async function drift(): Promise<Ran & { findings: readonly Finding[] }> {
  const ran = await lab.backbone(['drift', '--json'], { env });
  const { drift: findings = [] } = JSON.parse(ran.stdout) as { drift?: readonly Finding[] };
  return { ...ran, findings };
}

const cases = ({ report }: { report: Report }, outcome: string) =>
  report.cases.filter((one) => one.outcome === outcome).map(({ who, tries }) => `${who}: ${tries}`);

/** The real `bao`, as whoever may change policies and roles. */
function byHand(args: readonly string[], input?: string): Promise<Ran> {
  return runBao(args, env['VAULT_TOKEN'] ?? '', input);
}

async function runBao(args: readonly string[], token: string, input?: string): Promise<Ran> {
  const own = { BAO_ADDR: env['BAO_ADDR'] ?? '', BAO_CACERT: env['BAO_CACERT'] ?? '' };
  const { exitCode, stdout, stderr } = await execa(bao, [...args], {
    env: { ...own, BAO_TOKEN: token, HOME: state, PATH: process.env['PATH'] ?? '' },
    extendEnv: false,
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  return { exitCode, stdout, stderr };
}

async function done(work: Promise<Ran>): Promise<string> {
  const ran = await work;
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  return ran.stdout;
}

/** A policy as it is there, changed by hand. */
async function edit(policy: string, change: (text: string) => string): Promise<void> {
  const text = await done(byHand(['policy', 'read', policy]));
  await done(byHand(['policy', 'write', policy, '-'], change(text)));
}

const rule = (path: string, ...capabilities: readonly string[]) =>
  `path "${path}" { capabilities = ${JSON.stringify(capabilities)} }\n`;

/** Everything back: Terraform for what it manages, by hand for the rest. */
async function back(): Promise<void> {
  env = await fresh();
  const deployed = await lab.backbone(['deploy', 'openbao', '--auto-approve'], { env });
  expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
}

async function liveTokens(): Promise<readonly string[]> {
  await edit('terraform-apply', (text) => text + rule('auth/token/accessors', 'list', 'sudo'));
  const listed = await done(byHand(['list', '-format=json', 'auth/token/accessors']));
  return JSON.parse(listed) as string[];
}

describe('on a backbone as it was deployed', () => {
  it('verify finds no surprise, and every kind of case is there, allowed and denied', async () => {
    const ran = await verify();
    expect(cases(ran, 'open'), ran.stderr).toEqual([]);
    expect(cases(ran, 'shut')).toEqual([]);
    expect(cases(ran, 'could not')).toEqual([]);
    expect(ran.exitCode).toBe(0);
    expect(ran.report.left).toEqual([]);
    const asExpected = ran.report.cases.filter(({ outcome }) => outcome === 'as expected');
    const seen = new Set(asExpected.map(({ kind, expected }) => `${kind} ${expected}`));
    expect([...seen].sort()).toEqual(
      [
        ...[
          'AWS session',
          'AWS use',
          'Infisical',
          'certificate',
          'engine',
          'login',
          'server',
        ].flatMap((kind) => [`${kind} allowed`, `${kind} denied`]),
        ...['KV other denied', 'KV read allowed', 'address denied', 'expiry denied'],
      ].sort(),
    );
    expect(asExpected.length).toBeGreaterThan(400);
    // What this machine cannot try is listed, and not among those that passed.
    expect(
      [
        ...new Set(
          ran.report.cases.filter(({ outcome }) => outcome === 'not tried').map(({ kind }) => kind),
        ),
      ].sort(),
    ).toEqual(['expiry']);
    const ways = new Set(asExpected.map(({ way }) => way.split(' ')[0]));
    expect([...ways].sort()).toEqual([
      'SecretID',
      'certificate',
      'login',
      'own',
      'session',
      'the',
      'token',
    ]);
  });

  it('drift finds nothing', async () => {
    const ran = await drift();
    expect(ran.findings, ran.stderr).toEqual([]);
    expect(ran.exitCode).toBe(0);
  });

  it('a consumer whose address this machine has not is tried by a token with its policy', async () => {
    const file = join(state, '..', 'elsewhere.yaml');
    const text = await readFile(lab.paths.declaration, 'utf8');
    expect(text).toContain('127.0.2.65/32');
    await writeFile(file, text.replaceAll('127.0.2.65/32', '192.0.2.65/32'));
    const ran = await verify({ BACKBONE_FILE: file });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const own = ran.report.cases.filter(({ who }) => who === 'network-agent');
    expect(
      own.filter(({ way }) => way === 'token of consumer-network-agent').length,
    ).toBeGreaterThan(20);
    const notTried = own.filter(({ outcome }) => outcome === 'not tried');
    expect(notTried.map(({ tries }) => tries)).toEqual(
      expect.arrayContaining(['log in from an undeclared address', 'unwrap a SecretID and log in']),
    );
    expect(notTried.every(({ said }) => said !== '')).toBe(true);
    await rm(file);
  });
});

describe('what was widened by hand', () => {
  it('is found by verify and by drift, and neither is quiet about it', async () => {
    await edit('consumer-unpoller', (text) => text + rule('kv/data/unifi/tofu', 'read'));
    const ran = await verify();
    expect(cases(ran, 'open'), ran.stderr).toEqual(['unpoller: the neighbour kv/data/unifi/tofu']);
    expect(ran.exitCode).toBe(3);
    expect(ran.report.cases[0]).toMatchObject({ who: 'unpoller', outcome: 'open' });
    const found = await drift();
    expect(found.findings).toEqual([
      {
        kind: 'differs',
        what: 'policy consumer-unpoller',
        found: 'WIDENS kv/data/unifi/tofu: read',
      },
    ]);
    expect(found.exitCode).toBe(2);
  });

  it('a comment and another order are none', async () => {
    await back();
    await edit(
      'consumer-unpoller',
      (text) => `# by hand\n${text.split('\n\n').reverse().join('\n\n')}`,
    );
    expect(await drift()).toMatchObject({ exitCode: 0, findings: [] });
  });

  it('in every other place as well, all at once', async () => {
    await edit(
      'consumer-proxmox-agent',
      (text) => text + rule('aws/sts/tf-dns', 'create', 'update'),
    );
    await edit('responder', (text) => text + rule('kv/data/*', 'read'));
    await edit('operator', (text) => text + rule('sys/mounts', 'read'));
    await edit('secret-id-issuer', (text) => text.replaceAll(/.*denied_parameters.*\n/g, ''));
    await edit('consumer-workstation', (text) => text.replace('"read"', '"list"'));
    await edit(
      'terraform-apply',
      (text) =>
        text +
        rule('auth/token/create', 'create', 'update', 'sudo') +
        rule('auth/token/create-orphan', 'create', 'update', 'sudo') +
        rule('sys/mounts/extra', 'create', 'read', 'update', 'delete') +
        rule('sys/auth/extra', 'create', 'update', 'delete', 'sudo') +
        rule('identity/group', 'create', 'update') +
        rule('identity/group/name/friends', 'delete'),
    );
    const role = (name: string) => `auth/approle/role/${name}`;
    const wide = ['token_bound_cidrs=127.0.0.0/8', 'secret_id_bound_cidrs=127.0.0.0/8'];
    await done(byHand(['write', role('network-agent'), ...wide, 'token_ttl=30m']));
    await done(byHand(['write', role('plan-runner'), 'secret_id_num_uses=0']));
    await done(byHand(['write', 'auth/cert/certs/unifi-rotation', 'token_bound_cidrs=']));
    await done(byHand(['write', role('backdoor'), 'token_policies=consumer-extra']));
    await done(byHand(['policy', 'write', 'consumer-extra', '-'], rule('kv/*', 'read')));
    await done(byHand(['write', 'identity/group', 'name=friends', 'policies=operator']));
    await done(byHand(['secrets', 'enable', '-path=extra', 'kv']));
    await done(byHand(['auth', 'enable', '-path=extra', 'userpass']));
    const made = await done(
      byHand(['token', 'create', '-orphan', '-policy=consumer-unpoller', '-format=json']),
    );
    const { auth } = JSON.parse(made) as { auth: { accessor: string } };

    const ran = await verify();
    expect(cases(ran, 'open'), ran.stderr).toEqual(
      expect.arrayContaining([
        'proxmox-agent: the neighbour aws/sts/tf-dns',
        'responder: read kv/data/unifi/rotation',
        'operator: see the engines',
        'secret-id-issuer: choose num_uses of a SecretID of egress-proxy',
        'secret-id-issuer: choose cidr_list of a SecretID of egress-proxy',
        'terraform-apply: make another token',
        'network-agent: log in from an undeclared address',
        'network-agent: use its token from an undeclared address',
        'plan-runner: log in with it a second time',
        'unifi-rotation: log in by it from an undeclared address',
      ]),
    );
    expect(cases(ran, 'shut')).toEqual(['workstation: read kv/data/unifi/tofu']);
    expect(ran.exitCode).toBe(3);
    // What should not have been given was given up again.
    expect(ran.report.left).toEqual([]);

    const { findings, exitCode } = await drift();
    expect(exitCode).toBe(2);
    const told = findings.map(({ kind, what }) => `${kind} ${what}`);
    expect(told).toEqual(
      expect.arrayContaining([
        'extra policy consumer-extra',
        'extra engine extra/',
        'extra auth method extra/',
        'extra AppRole backdoor',
        'extra identity group friends',
        `extra token with the accessor ${auth.accessor} (consumer-unpoller, default)`,
        'differs policy consumer-proxmox-agent',
        'differs policy operator',
        'differs AppRole plan-runner',
        'differs certificate login unifi-rotation',
      ]),
    );
    expect(findings).toContainEqual({
      kind: 'differs',
      what: 'AppRole network-agent',
      found: 'token_bound_cidrs is 127.0.0.0/8, not 127.0.2.65/32',
    });
    expect(findings).toContainEqual({
      kind: 'differs',
      what: 'AppRole network-agent',
      found: 'token_ttl is 1800, not 900',
    });

    await done(byHand(['delete', role('backdoor')]));
    await done(byHand(['policy', 'delete', 'consumer-extra']));
    await done(byHand(['delete', 'identity/group/name/friends']));
    await done(byHand(['secrets', 'disable', 'extra']));
    await done(byHand(['auth', 'disable', 'extra']));
    await edit(
      'terraform-apply',
      (text) => text + rule('auth/token/revoke-accessor', 'create', 'update'),
    );
    await done(byHand(['token', 'revoke', '-accessor', auth.accessor]));
    await back();
    const after = await verify();
    expect(cases(after, 'open').concat(cases(after, 'shut')), after.stderr).toEqual([]);
    expect(after.exitCode).toBe(0);
    expect(await drift()).toMatchObject({ exitCode: 0, findings: [] });
  });

  it('a grant that does not work is another exit status than one too many', async () => {
    await edit('consumer-workstation', (text) => text.replace('"read"', '"list"'));
    const ran = await verify();
    expect(ran, ran.stderr).toMatchObject({ exitCode: 2 });
    expect(cases(ran, 'shut')).toEqual(['workstation: read kv/data/unifi/tofu']);
    await back();
  });
});

describe('a run that is cut off', () => {
  const remains = () => join(state, 'credential-backbone', 'verify');
  const noted = () => readdir(remains()).catch(() => [] as string[]);

  /**
   * Stopped after the first identities. One that came to its end before the signal reached it, as this process
   * was not let run for so long, is started again.
   */
  async function cut(signal: 'SIGKILL' | 'SIGINT'): Promise<number | null> {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const code = await cutOnce(signal);
      if (code !== 0) return code;
    }
    throw new Error('it always ended before it could be stopped');
  }

  async function cutOnce(signal: 'SIGKILL' | 'SIGINT'): Promise<number | null> {
    const child = spawn(process.execPath, [join(root, 'bin', 'backbone.mjs'), 'verify'], {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    let said = '';
    const stop = { sent: false };
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (stop.sent || !said.includes('  responder\n')) return;
      stop.sent = true;
      if (signal === 'SIGINT') child.kill(signal);
      else if (child.exitCode === null) process.kill(-(child.pid ?? 0), signal);
    });
    const code = await new Promise<number | null>((resolve) => {
      child.once('exit', resolve);
    });
    if (!stop.sent) throw new Error(`it ended by itself: ${said}`);
    return code;
  }

  it('by Ctrl-C gives up what it made, and says that it is not the whole', async () => {
    expect(await cut('SIGINT')).toBe(130);
    expect(await noted()).toEqual([]);
  });

  it('by kill -9 leaves a note, and the next run cleans up after it', async () => {
    await cut('SIGKILL');
    const [file] = await noted();
    if (file === undefined) throw new Error('nothing was noted');
    const text = await readFile(join(remains(), file), 'utf8');
    const { remains: left } = JSON.parse(text) as { remains: { kind: string; name: string }[] };
    const accessors = left.filter(({ kind }) => kind === 'token').map(({ name }) => name);
    const before = await liveTokens();
    expect(accessors.filter((accessor) => before.includes(accessor)).length).toBeGreaterThan(2);
    await back();
    const ran = await verify();
    expect(ran.stderr).toContain('a run before this one was cut off');
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    expect(await noted()).toEqual([]);
    const after = await liveTokens();
    expect(accessors.filter((accessor) => after.includes(accessor))).toEqual([]);
    await back();
  });
});

describe('without a server', () => {
  it('that goes in the middle, what follows could not be tried', async () => {
    env = await fresh();
    const { processes } = await lab.record();
    const { openbao: server } = processes;
    if (server === undefined) throw new Error('OpenBao was not started');
    const { declaration } = await loadDeclaration(lab.paths.declaration);
    const { tried, left } = await verifyBackbone({
      backbone: resolveBackbone(declaration),
      connection: {
        address: env['BAO_ADDR'] ?? '',
        ca: await readFile(lab.paths.caCertificate, 'utf8'),
        token: env['BAO_TOKEN'],
      },
      infisicalCa: undefined,
      state: join(state, 'in-process'),
      progress: (line) => {
        if (line === 'unpoller') process.kill(server.pid, 'SIGKILL');
      },
      signal: new AbortController().signal,
    });
    expect(exitCodeOf(tried)).toBe(1);
    // Wherever it was when the server went: nothing after that counts as tried.
    expect(tried.at(-1)).toMatchObject({ got: 'could not' });
    const later = tried.filter(({ who }) => who === 'workstation').map(({ got }) => got);
    expect(later.filter((got) => got !== 'could not')).toEqual([]);
    // Its tokens are listed with the time of their own end, as nobody could take them back.
    expect(left.length).toBeGreaterThan(0);
  });

  it('nothing is taken for passed: both end with 1', async () => {
    const verified = await lab.backbone(['verify', '--json'], { env });
    expect(verified).toMatchObject({ exitCode: 1 });
    expect(verified.stdout).toContain('cannot reach OpenBao');
    const drifted = await lab.backbone(['drift', '--json'], { env });
    expect(drifted).toMatchObject({ exitCode: 1 });
    expect(drifted.stdout).toContain('cannot reach OpenBao');
    expect(drifted.stdout).not.toContain('"drift"');
  });
});

describe('what was written and printed', () => {
  it('holds no value and no token', () => {
    const texts = [...lab.printed, ...lab.commandLines];
    expect(texts.some((text) => text.includes('the neighbour'))).toBe(true);
    expect(texts.filter((text) => text.includes(canary))).toEqual([]);
    const tokens = [env['BAO_TOKEN'], env['VAULT_TOKEN']].filter((one) => one !== undefined);
    expect(texts.filter((text) => tokens.some((token) => text.includes(token)))).toEqual([]);
    // Service tokens of OpenBao begin so.
    expect(texts.filter((text) => /\b(hvs|s)\.[A-Za-z0-9]{20,}/.test(text))).toEqual([]);
  });
});
