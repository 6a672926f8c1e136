import { createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addresses,
  here,
  openServicesSite,
  type HostName,
  type ServicesSite,
} from './services-site.ts';
import { good } from './recap.ts';
import { siteOrSkip, until } from './site.ts';

const ansible = await siteOrSkip('the GitHub broker and the egress proxy in real containers');
const services = [
  ['github-broker.yml', 'github-broker', ['github-broker']],
  ['egress-proxy.yml', 'egress-proxy', ['egress-proxy', 'egress-proxy-feed']],
] as const;

/** Each test goes on from the one before. */
describe.runIf(ansible)('the hosts of broker and proxy', () => {
  let site: ServicesSite;

  beforeAll(async () => {
    if (ansible === undefined) return;
    site = await openServicesSite(ansible);
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });

  const property = (name: HostName, unit: string, what: string) =>
    site.on(name, `systemctl show --property=${what} --value ${unit}`);
  /** What curl gets there: status, and the body; 0 where there is no connection. */
  const curl = async (name: HostName, url: string, options = '', stdin = '') => {
    const text = await site.on(
      name,
      `curl --silent --max-time 20 --write-out '\\n%{http_code}' ${options} ${url} || true`,
      stdin,
    );
    const cut = text.lastIndexOf('\n');
    return { status: Number(text.slice(cut + 1)), body: text.slice(0, Math.max(cut, 0)) };
  };
  const health = '/proxy/network/api/s/default/stat/health';
  const proxy = `https://${addresses['egress-proxy']}:8443`;
  const through = (path = health, options = '', name: HostName = 'network-agent') =>
    curl(name, `${proxy}${path}`, `--cacert /root/proxy-ca.pem ${options}`);

  it.each(services)(
    '%s says by --check what would be done, and does nothing',
    async (playbook, name) => {
      await (await site.make(name)).start();
      const files = () => site.on(name, 'ls -AR /etc /usr/local /var/lib | sha256sum');
      const before = await files();
      const ran = await site.play(playbook, '--check', '--diff');
      good(ran);
      expect(ran.changed).toBeGreaterThan(12);
      expect(await files()).toBe(before);
    },
  );

  it.each(services)(
    '%s prepares a bare host, and a second time changes nothing',
    async (playbook, name, units) => {
      const ran = await site.play(playbook);
      good(ran);
      expect(ran.all).toContain('neither a SecretID nor a certificate yet');
      for (const unit of units) expect(await property(name, unit, 'ActiveState')).toBe('inactive');
      const again = await site.play(playbook);
      good(again);
      expect(again.changed, again.all).toBe(0);
      for (const unit of units) {
        await site.on(
          name,
          `systemd-analyze security --no-pager --threshold=20 ${unit}.service >/dev/null`,
        );
      }
    },
  );

  it('has the key of the App brought to OpenBao by an operator', async () => {
    const done = await site.client('operator', ['github', 'import-key', '-'], site.appKey.pem);
    expect(done, done.stderr).toMatchObject({ exitCode: 0 });
  });

  it.each(services)(
    '%s: let in by its delivery at the next boot, with its service',
    async (playbook, name, units) => {
      await (await site.host(name)).stop();
      const done = await site.client('secret-id-issuer', ['deliver', name, '--wrap-ttl', '30m']);
      expect(done, done.stderr).toMatchObject({ exitCode: 0 });
      await (await site.host(name)).start();
      for (const unit of units) {
        await until(
          unit,
          () => property(name, unit, 'ActiveState'),
          (is) => is === 'active',
        );
      }
      expect(await site.on(name, 'systemctl --failed --plain --no-legend')).toBe('');
      // Looks at the running service as well.
      const ran = await site.play(playbook);
      good(ran);
      expect(ran.changed, ran.all).toBe(0);
    },
  );

  it('says that a TLS certificate ends soon, and not before', async () => {
    for (const [name, unit, file] of [
      ['github-broker', 'github-broker-certificate', '/etc/github-broker/github-broker'],
      ['egress-proxy', 'proxy-certificate', '/etc/egress-proxy/made/proxy'],
    ] as const) {
      expect(await property(name, `${unit}.timer`, 'ActiveState')).toBe('active');
      await site.on(name, `systemctl start ${unit}`);
      await site.on(
        name,
        `cp ${file}.pem /run/good.pem
         openssl req -new -x509 -key ${file}.key -subj /CN=${name} -days 13 -out ${file}.pem
         systemctl start ${unit} || true`,
      );
      const alarm = await until(
        `an alarm of ${unit}`,
        () => site.on(name, `cat /var/lib/backbone-alarm/${unit}.service.json || true`),
        (said) => said !== '',
      );
      expect(alarm).toContain('Certificate will expire');
      await site.on(name, `mv /run/good.pem ${file}.pem; systemctl start ${unit}`);
    }
  });

  it('lets a consumer without any credential read UniFi through the proxy, and not directly', async () => {
    const agent = await site.make('network-agent');
    await agent.start();
    for (const [name, file] of [
      ['egress-proxy', '/etc/egress-proxy/made/proxy-ca.pem'],
      ['github-broker', '/etc/github-broker/github-broker-ca.pem'],
    ] as const) {
      const ca = await site.on(name, `cat ${file}`);
      const short = name === 'egress-proxy' ? 'proxy' : 'broker';
      await site.on('network-agent', `cat >/root/${short}-ca.pem`, `${ca}\n`);
    }
    const read = await until(
      'an answer of UniFi',
      () => through(),
      ({ status }) => status === 200,
    );
    expect(read.body).toContain('data');
    expect((await curl('network-agent', `${site.unifi}${health}`, '--insecure')).status).toBe(401);
    // What it would have to have is nowhere on its host.
    const found = await site.on(
      'network-agent',
      'read -r key; { cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline; cat /root/*; } 2>/dev/null | grep -c -a -F -f <(echo "$key") || true',
      `${site.apiKey}\n`,
    );
    expect(found).toBe('0');
  });

  it('refuses another method, another path, and a host that was granted nothing', async () => {
    expect((await through(health, '--request POST')).status).toBe(403);
    expect((await through('/proxy/network/other/')).status).toBe(403);
    await site.on(
      'github-broker',
      'cat >/root/proxy-ca.pem',
      await site.on('egress-proxy', 'cat /etc/egress-proxy/made/proxy-ca.pem'),
    );
    // The host's own firewall lets it out nowhere but to OpenBao and GitHub.
    expect((await through(health, '', 'github-broker')).status).toBe(0);
  });

  it('keeps Envoy from this host, from metadata services and from OpenBao', async () => {
    const as = (user: string, url: string) =>
      site.on(
        'egress-proxy',
        `setpriv --reuid ${user} --clear-groups curl --silent --insecure --max-time 5 --output /dev/null --write-out '%{http_code} %{errormsg}' ${url} || true`,
      );
    await site.on(
      'egress-proxy',
      'systemd-run --quiet --unit=listening python3 -m http.server --bind 127.0.0.1 8000',
    );
    await until(
      'a listener',
      () => as('root', 'http://127.0.0.1:8000/'),
      (said) => said.startsWith('200'),
    );
    expect(await as('egress-proxy', 'http://127.0.0.1:8000/')).toMatch(/^000/);
    await site.on('egress-proxy', 'systemctl stop listening');
    expect(await as('egress-proxy', 'http://169.254.169.254/')).toMatch(/^000/);
    expect(await as('egress-proxy', `${site.server.address}/v1/sys/health`)).toMatch(/^000/);
    expect(await as('backbone', `${site.server.address}/v1/sys/health`)).toMatch(/^200/);
    expect(await as('egress-proxy', `${site.unifi}${health}`)).toMatch(/^401/);
    expect(await as('backbone', `${site.unifi}${health}`)).toMatch(/^000/);
  });

  it('injects another value without a restart, and none where there is none', async () => {
    const before = await property('egress-proxy', 'egress-proxy', 'MainPID');
    await site.writeKey('a-key-that-unifi-does-not-know');
    await until(
      'the other value',
      () => through(),
      ({ status }) => status === 401,
    );
    await site.writeKey(site.apiKey);
    await until(
      'the value again',
      () => through(),
      ({ status }) => status === 200,
    );
    expect(await property('egress-proxy', 'egress-proxy', 'MainPID')).toBe(before);
  });

  it('ends Envoy with a feeder that is killed, and both come back', async () => {
    const before = await property('egress-proxy', 'egress-proxy', 'MainPID');
    await site.on('egress-proxy', 'systemctl kill --signal=KILL egress-proxy-feed');
    await until(
      'another Envoy',
      () => property('egress-proxy', 'egress-proxy', 'MainPID'),
      (pid) => pid !== before && pid !== '0',
    );
    await until(
      'an answer',
      () => through(),
      ({ status }) => status === 200,
    );
  });

  it('logs requests of the proxy without a header', async () => {
    const log = await site.on(
      'egress-proxy',
      'journalctl --no-pager --output=cat --unit=egress-proxy',
    );
    expect(log).toContain('"upstream":"unifi"');
    expect(log).not.toContain(site.apiKey);
    expect(log.toLowerCase()).not.toContain('x-api-key');
  });

  /** An identity token of the agent for the broker, and a request with it. */
  const ask = async (method: string, path: string, body: unknown) => {
    const consumer = site.backbone.consumers.find(({ name }) => name === 'network-agent');
    if (consumer === undefined) throw new Error('no agent');
    const root = async (verb: 'GET' | 'POST', at: string) =>
      (await site.server.ask({ method: verb, path: at, token: site.server.rootToken })).body[
        'data'
      ];
    const login = {
      ...((await root('GET', consumer.paths.roleId)) as { role_id: string }),
      secret_id: ((await root('POST', consumer.paths.secretId)) as { secret_id: string }).secret_id,
    };
    const bao = `curl --silent --fail-with-body --insecure ${site.server.address}/v1`;
    const json = (field: string) =>
      `python3 -c 'import json, sys; print(json.load(sys.stdin)${field})'`;
    const text = await site.on(
      'network-agent',
      `token=$(${bao}/auth/approle/login --data @- | ${json('["auth"]["client_token"]')})
       proof=$(${bao}/identity/oidc/token/github-broker --header @- <<<"X-Vault-Token: $token" | ${json('["data"]["token"]')})
       curl --silent --cacert /root/broker-ca.pem --request ${method} --header @- --header 'content-type: application/json' \
         --data '${JSON.stringify(body)}' --write-out '\\n%{http_code}' \
         https://${addresses['github-broker']}:8443${path} <<<"Authorization: Bearer $proof"`,
      JSON.stringify(login),
    );
    const cut = text.lastIndexOf('\n');
    return {
      status: Number(text.slice(cut + 1)),
      body: JSON.parse(text.slice(0, cut)) as Record<string, unknown>,
    };
  };
  const github = (token: string, path: string) =>
    curl(
      'network-agent',
      `https://${here}:9443/api/v3${path}`,
      '--insecure --header @-',
      `Authorization: Bearer ${token}`,
    );

  it('gives a token for one repository, and refuses the sibling and a wider permission', async () => {
    const given = await ask('POST', '/token', { context: 'homelab' });
    expect(given.status).toBe(201);
    const token = String(given.body['token']);
    expect((await github(token, '/repos/example-org/homelab')).status).toBe(200);
    expect((await github(token, '/repos/example-org/sibling')).status).toBe(404);
    const refused = async (more: object) =>
      (await ask('POST', '/token', { context: 'homelab', ...more })).status;
    expect(await refused({ repositories: ['sibling'] })).toBe(403);
    expect(await refused({ permissions: { administration: 'write' } })).toBeGreaterThanOrEqual(400);
    const log = await site.on(
      'github-broker',
      'journalctl --no-pager --output=cat --unit=github-broker',
    );
    expect(log).toContain('homelab');
    expect(log).not.toContain(token);
  });

  it('has the key of the App nowhere on the host of the broker', async () => {
    const { d, p } = createPrivateKey(site.appKey.pem).export({ format: 'jwk' });
    const lines = site.appKey.pem.split('\n').filter((line) => /^[A-Za-z0-9+/=]{60,}$/.test(line));
    const parts = [d ?? '', p ?? ''].map((part) => Buffer.from(part, 'base64url').toString('hex'));
    const search = async (needles: { text: readonly string[]; hex: readonly string[] }) =>
      JSON.parse(
        await site.on('github-broker', `python3 -c '${searching}'`, JSON.stringify(needles)),
      ) as { found: string[]; processes: number; bytes: number };
    const key = await search({ text: lines, hex: parts });
    expect(key.processes).toBeGreaterThanOrEqual(2);
    expect(key.bytes).toBeGreaterThan(20_000_000);
    expect(key.found).toEqual([]);
    // The same search finds what is there: the broker's token of OpenBao, in memory and in its file in memory.
    const token = await site.on('github-broker', 'cat /run/github-broker/backbone-*/* | head -1');
    const control = await search({ text: [token], hex: [] });
    expect(control.found.some((place) => place.startsWith('memory'))).toBe(true);
    expect(control.found.filter((place) => place.startsWith('file'))).toEqual([]);
    // And the signing identity can neither take it out nor remove it.
    for (const [method, path] of [
      ['GET', 'transit/export/signing-key/github-app'],
      ['GET', 'transit/backup/github-app'],
      ['DELETE', 'transit/keys/github-app'],
      ['POST', 'transit/keys/github-app/config'],
    ] as const) {
      const status = await site.on(
        'github-broker',
        `setpriv --reuid backbone --clear-groups curl --silent --insecure --output /dev/null --write-out '%{http_code}' --request ${method} --header @- ${site.server.address}/v1/${path}`,
        `X-Vault-Token: ${token}`,
      );
      expect(status, path).toBe('403');
    }
  });

  it('writes no core and has no swap', async () => {
    for (const [, name, units] of services) {
      expect(await site.on(name, 'tail --lines=+2 /proc/swaps | wc -l')).toBe('0');
      for (const unit of units) {
        expect(await property(name, unit, 'LimitCORE')).toBe('0');
        expect(await property(name, unit, 'MemorySwapMax')).toBe('0');
      }
    }
  });

  it.each(services)(
    '%s: works again after a reboot, by its certificate',
    async (playbook, name, units) => {
      await (await site.host(name)).reboot();
      for (const unit of units) {
        await until(
          unit,
          () => property(name, unit, 'ActiveState'),
          (is) => is === 'active',
        );
      }
      const ran = await site.play(playbook);
      good(ran);
      expect(ran.changed, ran.all).toBe(0);
    },
  );

  it('still injects and still gives tokens', async () => {
    await until(
      'an answer',
      () => through(),
      ({ status }) => status === 200,
    );
    expect((await ask('POST', '/token', { context: 'homelab' })).status).toBe(201);
  });
});

/**
 * Looks for texts and bytes in the memory of every process of the service's user, and in every file of the root file
 * system. Python alone, as the host has it; what is looked for comes on standard input and is in no other process.
 */
const searching = `
import json, os, pwd, sys
asked = json.load(sys.stdin)
needles = [text.encode() for text in asked["text"]] + [bytes.fromhex(one) for one in asked["hex"]]
uid = pwd.getpwnam("backbone").pw_uid
found, processes, size = [], 0, 0
def look(where, data):
    for number, needle in enumerate(needles):
        if needle in data: found.append(f"{where} {number}")
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if os.stat(f"/proc/{pid}").st_uid != uid and not any(str(uid) in line.split() for line in open(f"/proc/{pid}/status") if line.startswith("Uid:")): continue
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            processes += 1
            for line in maps:
                span, flags = line.split()[:2]
                if flags[0] != "r" or "[v" in line: continue
                start, end = (int(part, 16) for part in span.split("-"))
                try:
                    memory.seek(start)
                    data = memory.read(end - start)
                except (OSError, ValueError, OverflowError): continue
                size += len(data)
                look(f"memory {pid}", data)
    except FileNotFoundError: continue
for top, directories, files in os.walk("/"):
    if top == "/": directories[:] = [one for one in directories if one not in ("proc", "sys", "dev", "run")]
    for name in files:
        path = os.path.join(top, name)
        if os.path.islink(path) or not os.path.isfile(path): continue
        with open(path, "rb") as one: look(f"file {path}", one.read())
print(json.dumps({"found": found, "processes": processes, "bytes": size}))
`;
