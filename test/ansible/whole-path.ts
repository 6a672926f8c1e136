import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Release } from '../../lab/host/base-image.ts';
import { inNetwork } from '../../lab/host/network.ts';
import type { Ansible } from './ansible.ts';
import { consumerOnThePath } from './consumer-on-the-path.ts';
import { openPathLab, type PathLab } from './path-lab.ts';
import { until } from './site.ts';
import { mintAtOnce, useSession, type Minted } from './use-session.ts';

const minutes = 60_000;

/**
 * From a bare container to a secret in another one, in one piece; each test goes on from the one before.
 *
 * @param ansible  undefined where it cannot be run, which was said
 * @param further  tests that go on from there
 */
export function wholePath(
  ansible: Ansible | undefined,
  release: Release,
  further: (place: () => PathLab) => void = () => undefined,
): void {
  describe.runIf(ansible)(`a bare ${release}`, { timeout: 40 * minutes }, () => {
    let place: PathLab;

    beforeAll(async () => {
      if (ansible === undefined) return undefined;
      place = await openPathLab(ansible, release);
      return () => place.remove();
    });

    const on = (script: string, stdin?: string) => place.on(script, stdin);
    /** Keys that the double of Roles Anywhere gave to this host: one for each CreateSession. */
    const created = async () => {
      const file = join(place.lab.paths.awsState, 'sessions.json');
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
    const mint = (count: number) => mintAtOnce(place, count);
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
    const forget = async () => {
      await on('systemctl restart aws-identity openbao');
      await healthy();
    };

    it('is told by --check what would be done, and nothing is', async () => {
      expect(await on('. /etc/os-release; echo $VERSION_CODENAME')).toBe(release);
      const before = await on('ls -AR --ignore=lost+found /etc /usr/local /var/lib | sha256sum');
      const told = await place.play('site.yml', '--check', '--diff');
      expect(told.exitCode, told.all).toBe(0);
      expect(told.changed).toBeGreaterThan(20);
      expect(await on('ls -AR --ignore=lost+found /etc /usr/local /var/lib | sha256sum')).toBe(
        before,
      );
    });

    it('becomes OpenBao by site.yml and the inventory of the stacks', async () => {
      const made = await place.play('site.yml');
      expect(made.exitCode, made.all).toBe(0);
      await place.keepPassword();
    });

    it('is not changed by a second run, nor would it be', async () => {
      for (const options of [[], ['--check', '--diff']]) {
        const again = await place.play('site.yml', ...options);
        expect(again.exitCode, again.all).toBe(0);
        expect(again.changed, again.all).toBe(0);
      }
    });

    it('takes the stack openbao, and an operator', async () => {
      await place.backbone(['deploy', 'openbao', '--auto-approve']);
      await place.backbone(['plan', 'openbao']);
      // The first identity makes the operator of the lab, whose password the lab knows.
      await place.makeOperator();
    });

    it('mints a session of AWS with its certificate as the only identity', async () => {
      const { codes, stdout } = await mint(1);
      expect(codes, stdout).toEqual(['200']);
      const { data } = JSON.parse(stdout.replace(/\d{3}\s*$/, '')) as { data: Minted };
      const [session] = await created();
      expect(session?.sourceIdentity).toBe('openbao.lab');
      expect((await on('cat /run/aws-identity/status.json')).includes('"alarms": []')).toBe(true);

      // Terraform's own S3 backend, with the lock file and the lock table of the profile.
      const state = await useSession(place, data);
      expect(state.applied).toContain('Apply complete!');
      expect(state.sibling).toMatch(/AccessDenied|403/);
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
      await until(
        'a mint',
        () => mint(1),
        ({ codes }) => codes.includes('200'),
      );
    });

    it('answers on port 8200 to declared addresses alone', async () => {
      const connect = (address: string, seconds: string) => {
        const [program, ...args] = [
          ...inNetwork(place.hosts.network.namespace),
          ...['curl', '-s', '-o', '/dev/null', '--cacert', place.path('ca.pem')],
          ...['--max-time', seconds, '--interface', address],
          'https://192.0.2.20:8200/v1/sys/health',
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
      const { caCertificate } = place.lab.paths;
      const login = `curl --silent --cacert '${caCertificate}' --json @- "$BAO_ADDR/v1/auth/approle/login"`;
      const script = `
      field() { python3 -c 'import functools, json, sys; print(functools.reduce(lambda it, key: it[key], sys.argv[1].split("."), json.load(sys.stdin)))' "$1"; }
      get() { curl --silent --cacert '${caCertificate}' --header @<(echo "X-Vault-Token: $BAO_TOKEN") "$@"; }
      role=$(get "$BAO_ADDR/v1/auth/approle/role/terraform-plan/role-id" | field data.role_id)
      for n in 1 2 3 4 5 6; do echo '{"role_id":"'$role'","secret_id":"wrong"}' | ${login}; done
      wrapped=$(get --header 'X-Vault-Wrap-TTL: 60s' --request POST "$BAO_ADDR/v1/auth/approle/role/terraform-plan/secret-id" | field wrap_info.token)
      secret=$(curl --silent --cacert '${caCertificate}' --header @<(echo "X-Vault-Token: $wrapped") --request POST "$BAO_ADDR/v1/sys/wrapping/unwrap" | field data.secret_id)
      echo '{"role_id":"'$role'","secret_id":"'$secret'"}' | ${login} | field auth.policies`;
      const { stdout, stderr } = await place.inside(['bash', '-c', script]);
      expect(stdout.match(/invalid role or secret ID/g), stderr).toHaveLength(6);
      expect(stdout.trim().split('\n').at(-1)).toContain('terraform-plan');
    });

    consumerOnThePath(() => place, release);
    further(() => place);
  });
}

interface BrokerSession {
  readonly chain: readonly string[];
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly sourceIdentity?: string;
}
