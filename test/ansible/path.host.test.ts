import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../lab/host/container.ts';
import { openHosts, type Hosts } from '../../lab/host/hosts.ts';
import { inNetwork } from '../../lab/host/network.ts';
import { goTool, goTools } from '../../lab/parts/go.ts';
import { openbao } from '../../lab/parts/python.ts';
import { labOfItsOwn, type RunningLab } from '../lab/running-lab.ts';
import { decrypt, play, sha256, siteOrSkip, until, type Recap } from './site.ts';

const ansible = await siteOrSkip('the whole path from a bare container to an AWS session');
const project = fileURLToPath(new URL('../../', import.meta.url));
const cli = join(project, 'bin', 'backbone.mjs');
const minutes = 60_000;
const silent = () => undefined;
/** In the lab's network, where its OpenBao answers. */
const operatorScript = fileURLToPath(new URL('./make-operator.ts', import.meta.url));

const releases = [
  ['bookworm', 'debian-12-standard_12.12-1_amd64.tar.zst'],
  ['trixie', 'debian-13-standard_13.1-2_amd64.tar.zst'],
] as const;

/** Each test goes on from the one before. */
describe.runIf(ansible).each(releases)('a bare %s', { timeout: 20 * minutes }, (name, template) => {
  let lab: RunningLab;
  let hosts: Hosts;
  let host: Container;
  let directory: string;
  const path = (file: string) => join(directory, file);

  const on = async (script: string, stdin = '') => {
    const shell = ['bash', '--norc', '-euo', 'pipefail', '-c', script];
    const { exitCode, stdout, stderr } = await host.enter(shell, stdin);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${String(exitCode)}: ${stderr}`);
    return stdout.trim();
  };
  const inside = (...command: readonly string[]) =>
    lab.backbone(['lab', 'shell', '--', ...command]);
  const backbone = async (...args: readonly string[]) => {
    const ran = await inside(process.execPath, cli, ...args);
    expect(ran, ran.stderr + ran.stdout).toMatchObject({ exitCode: 0 });
    return ran.stdout;
  };
  const site = (...args: readonly string[]): Promise<Recap> => {
    if (ansible === undefined) throw new Error('there is no Ansible');
    const files = { inventory: path('inventory.yml'), variables: path('variables.json') };
    const ssh = { sshConfig: hosts.sshConfig, controlPath: path('%n') };
    return play(ansible, { ...files, ...ssh }, ['site.yml', ...args]);
  };
  /** Keys that the double of Roles Anywhere gave to this host: one for each CreateSession. */
  const created = async () => {
    const file = join(lab.paths.awsState, 'sessions.json');
    const all = JSON.parse(await readFile(file, 'utf8')) as BrokerSession[];
    return all.filter(({ chain }) => chain.join().endsWith(':role/openbao-broker'));
  };
  const url = 'http://127.0.0.1:9911/credentials';
  const ask = (user: string, header = '') =>
    on(
      `setpriv --reuid ${user} --clear-groups curl --silent --max-time 20 --output /dev/null ` +
        `--write-out '%{http_code}' ${header} ${url} || true`,
      `Authorization: ${'x'.repeat(64)}`,
    );
  /** Answers of as many mints at once, sent from the declared address of the operator. */
  const mint = async (count: number) => {
    const ca = lab.paths.caCertificate;
    const { stdout, stderr } = await inside(
      ...['bash', '-c'],
      `curl --silent --parallel --parallel-immediate --parallel-max ${String(count)} --cacert '${ca}' \\
        --header @<(echo "X-Vault-Token: $BAO_TOKEN") --request POST --json '{"ttl":"15m"}' \\
        --write-out '%{http_code}\\n' "$BAO_ADDR/v1/aws/sts/tf-dns?n=[1-${String(count)}]"`,
    );
    // What was asked for is a session: it is no leak that it was printed.
    lab.printed.splice(-2, 1);
    const codes: readonly string[] = stdout.match(/^\d{3}$|(?<=\})\d{3}$/gm) ?? [];
    return { codes, stdout, stderr };
  };
  const forget = async () => {
    await on('systemctl restart aws-identity openbao');
    await healthy();
  };
  const healthy = () =>
    until(
      'an active OpenBao',
      () =>
        on(
          `curl --silent --output /dev/null --write-out '%{http_code}' ` +
            `--cacert /etc/openbao/tls/openbao-ca.pem https://127.0.0.1:8200/v1/sys/health || true`,
        ),
      (code) => code === '200',
    );

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'path-'));
    const declared = await readFile(join(project, 'backbone.yaml'), 'utf8');
    const other = declared.replaceAll('debian-12-standard_12.12-1_amd64.tar.zst', template);
    await writeFile(path('backbone.yaml'), other);
    lab = await labOfItsOwn();
    const up = await lab.backbone([
      ...['lab', 'up', '--host', 'container', '--file', path('backbone.yaml')],
    ]);
    expect(up, up.stderr).toMatchObject({ exitCode: 0 });
    await backbone('deploy', 'host', 'aws-trust', '--auto-approve');
    hosts = await openHosts(lab.paths.hosts);
    const found = await hosts.find('ct120');
    if (found === undefined) throw new Error('the stack host made no container 120');
    host = found;
    await host.booted();
    await writeFile(path('inventory.yml'), await backbone('inventory'));
    await copyFile(lab.paths.caCertificate, path('ca.pem'));
  });
  afterAll(async () => {
    await lab.remove();
    await rm(directory, { recursive: true, force: true });
  });

  it('becomes OpenBao by site.yml and the inventory of the stacks', async () => {
    expect(await on('. /etc/os-release; echo $VERSION_CODENAME')).toBe(name);
    const engine = await goTool(goTools.awsSecretsEngine, silent);
    const helper = await goTool(goTools.awsSigningHelper, silent);
    const identity = await on('age-keygen 2> /dev/null');
    const recipient = /age1\w+/.exec(identity)?.[0] ?? '';
    const { paths } = lab;
    await writeFile(
      path('variables.json'),
      JSON.stringify({
        ansible_python_interpreter: '/usr/bin/python3',
        openbao_artifacts: path('artifacts'),
        openbao_recipients: [recipient],
        openbao_binary_src: (await openbao(silent)).path,
        openbao_tls_signer: 'controller',
        openbao_tls_ca_certificate: paths.caCertificate,
        openbao_tls_ca_key: paths.caKey,
        backbone_aws_plugin_src: engine.path,
        backbone_aws_plugin_sha256: await sha256(engine.path),
        aws_identity_helper_src: helper.path,
        aws_identity_helper_sha256: await sha256(helper.path),
        aws_identity_signer: 'controller',
        aws_identity_ca_certificate: paths.rolesAnywhereCa,
        aws_identity_ca_key: paths.rolesAnywhereCaKey,
      }),
    );
    const made = await site();
    expect(made.exitCode, made.all).toBe(0);
    const file = await readFile(path('artifacts/bootstrap-password.age'), 'latin1');
    const password = await decrypt(on, identity, file);
    await writeFile(paths.bootstrapPassword, password, { mode: 0o600 });
  });

  it('is not changed by a second run', async () => {
    const again = await site();
    expect(again.exitCode, again.all).toBe(0);
    expect(again.changed, again.all).toBe(0);
  });

  it('takes the stack openbao, and an operator', async () => {
    await backbone('deploy', 'openbao', '--auto-approve');
    await backbone('plan', 'openbao');
    // The first identity makes the operator of the lab, whose password the lab knows.
    const made = await inside(process.execPath, '--import', 'tsx', operatorScript);
    expect(made, made.stderr).toMatchObject({ exitCode: 0 });
  });

  it('mints a session of AWS with its certificate as the only identity', async () => {
    const { codes, stdout } = await mint(1);
    expect(codes, stdout).toEqual(['200']);
    const { data } = JSON.parse(stdout.replace(/\d{3}\s*$/, '')) as { data: Minted };
    const aws = { AWS_ACCESS_KEY_ID: data.access_key, AWS_SECRET_ACCESS_KEY: data.secret_key };
    expect(data.security_token).not.toBe('');
    expect(Object.values(aws).every((value) => value.length > 0)).toBe(true);
    const [session] = await created();
    expect(session?.sourceIdentity).toBe('openbao.lab');
    expect((await on('cat /run/aws-identity/status.json')).includes('"alarms": []')).toBe(true);
  });

  it('has no key of AWS in a file, an environment or an argument', async () => {
    const keys = (await created()).flatMap((it) => [it.secretAccessKey, it.sessionToken]);
    expect(keys.length).toBeGreaterThan(0);
    const everywhere =
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2> /dev/null | tr "\\0" "\\n"; ' +
      'journalctl --no-pager --output=cat';
    const said = await on(everywhere);
    for (const key of keys) expect(said).not.toContain(key);
    const places = '/etc /root /home /opt /run /tmp /var /usr/local';
    // Patterns on standard input, so that the search does not find itself.
    const search = (patterns: readonly string[]) =>
      on(`grep -rlFsa -D skip -f - ${places} || true`, `${patterns.join('\n')}\n`);
    expect(await search(keys)).toBe('');
    const ids = await on(
      `grep -rlEsa -D skip '(AKIA|ASIA)[A-Z0-9]{16}' /etc /root /home /opt /run /tmp || true`,
    );
    expect(ids).toBe('');
    // The search finds what is there: the public half of the identity.
    expect(await search(['rolesanywhere:us-east-2'])).toContain('/etc/aws-identity/adapter.json');
  });

  it('gives the identity to no other uid, and not without the token', async () => {
    const right = `--header "Authorization: $(cat /etc/aws-identity/token)"`;
    expect(await ask('openbao', right)).toBe('200');
    expect(await ask('openbao')).toBe('401');
    expect(await ask('openbao', '--header @-')).toBe('403');
    for (const other of ['nobody', 'root', 'aws-identity']) {
      expect(await ask(other, right), other).toBe('000');
    }
  });

  it('makes one CreateSession for fifty mints at once', async () => {
    await forget();
    const before = (await created()).length;
    const { codes, stderr } = await mint(50);
    expect(codes, stderr).toEqual(Array.from({ length: 50 }, () => '200'));
    expect((await created()).length).toBe(before + 1);
  });

  it('loses no valid session while Roles Anywhere is down', async () => {
    const down = `table inet down { chain output { type filter hook output priority filter - 9;
      meta skuid aws-identity ip daddr 198.18.0.1 drop; }; }`;
    await on('nft -f -', down);
    const before = (await created()).length;
    const kept = await mint(5);
    expect(kept.codes, kept.stderr).toEqual(Array.from({ length: 5 }, () => '200'));
    // The counter-proof: without a session there is none to be had, and that is said.
    await forget();
    expect((await mint(1)).codes).not.toContain('200');
    expect((await created()).length).toBe(before);
    await on('nft delete table inet down');
    await until('a mint', () => mint(1), ({ codes }) => codes.includes('200'));
  });

  it('answers on port 8200 to declared addresses alone', async () => {
    const connect = (address: string, seconds: string) => {
      const [program, ...args] = [
        ...inNetwork(hosts.network.namespace),
        ...['curl', '-s', '-o', '/dev/null', '--cacert', path('ca.pem'), '--max-time', seconds],
        ...['--interface', address, 'https://192.0.2.20:8200/v1/sys/health'],
      ];
      return execa(program, args, { reject: false, stdin: 'ignore' });
    };
    for (const declared of ['198.51.100.10', '192.0.2.65', '203.0.113.20']) {
      expect((await connect(declared, '90')).exitCode, declared).toBe(0);
    }
    // What is dropped never answers, so three seconds say it.
    for (const other of ['192.0.2.1', '198.18.0.1']) {
      expect((await connect(other, '3')).exitCode, other).toBe(28);
    }
  });

  it('does not lock an AppRole for failed logins', async () => {
    const login = `curl --silent --cacert '${lab.paths.caCertificate}' --json @- "$BAO_ADDR/v1/auth/approle/login"`;
    const script = `
      field() { python3 -c 'import functools, json, sys; print(functools.reduce(lambda it, key: it[key], sys.argv[1].split("."), json.load(sys.stdin)))' "$1"; }
      get() { curl --silent --cacert '${lab.paths.caCertificate}' --header @<(echo "X-Vault-Token: $BAO_TOKEN") "$@"; }
      role=$(get "$BAO_ADDR/v1/auth/approle/role/terraform-plan/role-id" | field data.role_id)
      for n in 1 2 3 4 5 6; do echo '{"role_id":"'$role'","secret_id":"wrong"}' | ${login}; done
      wrapped=$(get --header 'X-Vault-Wrap-TTL: 60s' --request POST "$BAO_ADDR/v1/auth/approle/role/terraform-plan/secret-id" | field wrap_info.token)
      secret=$(curl --silent --cacert '${lab.paths.caCertificate}' --header @<(echo "X-Vault-Token: $wrapped") --request POST "$BAO_ADDR/v1/sys/wrapping/unwrap" | field data.secret_id)
      echo '{"role_id":"'$role'","secret_id":"'$secret'"}' | ${login} | field auth.policies`;
    const { stdout, stderr } = await inside('bash', '-c', script);
    expect(stdout.match(/invalid role or secret ID/g), stderr).toHaveLength(6);
    expect(stdout.trim().split('\n').at(-1)).toContain('terraform-plan');
  });
});

interface BrokerSession {
  readonly chain: readonly string[];
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly sourceIdentity?: string;
}

interface Minted {
  readonly access_key: string;
  readonly secret_key: string;
  readonly security_token: string;
}
