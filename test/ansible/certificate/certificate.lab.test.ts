import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { ansibleOrSkip } from '../ansible.ts';

// The role gives its files to root, and asks dpkg for OpenSSL.
const able = process.getuid?.() === 0 && existsSync('/usr/bin/dpkg-query');
const what = 'the role certificate, with each of its signers';
if (!able) process.stderr.write(`SKIPPED: ${what}: it takes root on Debian\n`);
const ansible = able ? await ansibleOrSkip(what) : undefined;
const directory = ansible?.directory ?? '';

type Variables = Readonly<Record<string, unknown>>;
const external = {
  certificate_signer: 'external',
  certificate_ca_certificate: join(directory, 'elsewhere.pem'),
  certificate_exchange_directory: join(directory, 'exchange'),
};
const controller = (ca: string) => ({
  certificate_signer: 'controller',
  certificate_ca_certificate: join(directory, `${ca}.pem`),
  certificate_ca_key: join(directory, `${ca}.key`),
});

/** "Hosts" are directories on this machine; each test goes on from the one before. */
describe.runIf(ansible)('the role certificate', { timeout: 600_000 }, () => {
  const openssl = async (...args: readonly string[]) =>
    (await execa('openssl', args, { cwd: directory })).stdout;
  const path = (name: string) => join(directory, name);
  const keyOf = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  const installed = (host: string) => readFile(path(`${host}/tls.pem`), 'utf8');
  const answer = (host: string) => path(`exchange/tls-${host}.pem`);

  /** The role, on each of these hosts, with these variables. */
  const play = async (hosts: Readonly<Record<string, Variables>>, ...args: string[]) => {
    for (const host of Object.keys(hosts)) await mkdir(path(host), { recursive: true });
    await writeFile(
      path('play.yml'),
      JSON.stringify([{ hosts: 'all', gather_facts: false, roles: [{ role: 'certificate' }] }]),
    );
    const vars = {
      ...{ ansible_connection: 'local', certificate_name: 'tls', certificate_common_name: 'bao' },
      ansible_python_interpreter: '{{ ansible_playbook_python }}',
      certificate_directory: `${directory}/{{ inventory_hostname }}`,
      certificate_ca_directory: `${directory}/{{ inventory_hostname }}/ca`,
      ...{ certificate_dns_names: ['bao', 'localhost'], certificate_addresses: ['127.0.0.1'] },
    };
    await writeFile(path('inventory.json'), JSON.stringify({ all: { hosts, vars } }));
    const ran = await ansible?.run('ansible-playbook', [
      ...['--inventory', path('inventory.json'), ...args, path('play.yml')],
    ]);
    const all = ran?.all ?? '';
    const count = (host: string, word: string) =>
      Number(new RegExp(`^${host} +:.* ${word}=(\\d+)`, 'm').exec(all)?.[1]);
    return {
      all,
      /** Per host: what it failed with, or how much it changed. */
      outcome: (host: string) =>
        count(host, 'failed') === 0
          ? count(host, 'changed')
          : new RegExp(`\\[${host}\\]: FAILED! =>.*((?:\\n +.*)*)`)
              .exec(all)?.[1]
              ?.replace(/\s+/g, ' '),
    };
  };
  const makeCa = (name: string, subject = `/CN=${name}`) =>
    openssl(
      ...['req', '-x509', ...keyOf, '-days', '900', '-subj', subject],
      ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
    );
  const names = 'DNS:bao,DNS:localhost,IP:127.0.0.1';
  /** What a person does elsewhere with the request of a host, for the place of the answer. */
  const sign = async (
    host: string,
    { days = 90, csr = `exchange/tls-${host}.csr`, ca = 'elsewhere', san = names } = {},
  ) => {
    await writeFile(path('extensions'), `subjectAltName=${san}\n`);
    await openssl('req', '-in', csr, '-noout', '-pubkey', '-out', 'asked.pub');
    await openssl(
      ...['x509', '-new', '-force_pubkey', 'asked.pub', '-subj', '/O=Example/CN=bao'],
      ...['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-days', String(days)],
      ...['-extfile', 'extensions', '-out', answer(host)],
    );
    return readFile(answer(host), 'utf8');
  };

  beforeAll(async () => {
    for (const name of ['elsewhere', 'one', 'two']) await makeCa(name);
    await makeCa('impostor', '/CN=elsewhere');
    return () => ansible?.remove();
  });

  describe('signed by a CA of its own, or one on the controller', () => {
    const same = {
      plain: {},
      ipv6: { certificate_addresses: ['127.0.0.1', '2001:db8::1'] },
      declared: controller('one'),
    };
    const mended = Object.fromEntries(
      ['forced', 'cut', 'fewer', 'address', 'common', 'key', 'authority', 'soon'].map((host) => [
        host,
        {},
      ]),
    );
    const changed = {
      ...mended,
      fewer: { certificate_dns_names: ['bao'] },
      address: { certificate_addresses: ['127.0.0.2'] },
      common: { certificate_common_name: 'other' },
      soon: { certificate_renew_before_days: 95 },
      another: controller('two'),
    };
    const of = async (hosts: object) =>
      Object.fromEntries(
        await Promise.all(Object.keys(hosts).map(async (host) => [host, await installed(host)])),
      ) as Readonly<Record<string, string>>;

    it('is made, and made anew for each reason, and for no other', async () => {
      const first = await play(same);
      expect(first.all).not.toContain('FAILED');
      for (const host of Object.keys(mended)) {
        await cp(path('plain'), path(host), { recursive: true });
      }
      await cp(path('declared'), path('another'), { recursive: true });
      const before = await of({ ...same, ...changed });
      await writeFile(path('cut/tls.pem'), before['cut']?.slice(0, 200) ?? '');
      await rm(path('key/tls.key'));
      // As on the first node of a cluster that is made again.
      await rm(path('authority/ca'), { recursive: true });

      const forced = { forced: { certificate_force_renewal: true } };
      const second = await play({ ...same, ...changed, ...forced });
      expect(second.all).not.toContain('FAILED');
      const after = await of(before);
      for (const host of Object.keys(same)) {
        // An address of IPv6 stands in the certificate in another form than it is declared in.
        expect([host, second.outcome(host)]).toEqual([host, 0]);
        expect(after[host]).toBe(before[host]);
      }
      for (const host of Object.keys(changed)) {
        expect([host, after[host] === before[host]]).toEqual([host, false]);
        await openssl('verify', '-CAfile', `${host}/tls-ca.pem`, `${host}/tls.pem`);
      }
      await openssl('verify', '-CAfile', 'two.pem', 'another/tls.pem');

      const { fewer, another } = changed;
      const third = await play({ fewer, authority: {}, another });
      for (const host of ['fewer', 'authority', 'another']) {
        expect([host, third.outcome(host)]).toEqual([host, 0]);
      }
    });
  });

  describe('signed elsewhere', () => {
    const hosts = Object.fromEntries(
      ['signed', 'due', 'asked', 'key', 'impostor', 'names', 'cut', 'chain', 'leaf'].map((name) => [
        `ext-${name}`,
        external,
      ]),
    );
    const due = { 'ext-due': { ...external, certificate_renew_before_days: 60 } };
    const forced = { 'ext-asked': { ...external, certificate_force_renewal: true } };

    it('says by --check what would be done, then what is to be signed', async () => {
      const checked = await play({ 'ext-signed': external }, '--check');
      expect(checked.outcome('ext-signed')).toBeGreaterThan(0);
      await expect(readFile(path('exchange/tls-ext-signed.csr'))).rejects.toThrow('ENOENT');
      const ran = await play({ 'ext-signed': external });
      const said = ran.outcome('ext-signed');
      expect(said).toContain('tls-ext-signed.pem is not it: there is none');
      expect(said).toContain(`Have ${path('exchange/tls-ext-signed.csr')} signed for CN=bao`);
      await expect(installed('ext-signed')).rejects.toThrow('ENOENT');
    });

    it('installs what is good, and no answer to another request', async () => {
      await openssl(
        ...['req', '-new', ...keyOf, '-subj', '/CN=between', '-keyout', 'between.key'],
        ...['-out', 'between.csr'],
      );
      await writeFile(path('extensions'), 'basicConstraints=critical,CA:TRUE\n');
      await openssl(
        ...['x509', '-req', '-in', 'between.csr', '-CA', 'elsewhere.pem', '-CAkey'],
        ...['elsewhere.key', '-days', '90', '-extfile', 'extensions', '-out', 'between.pem'],
      );
      for (const host of Object.keys(hosts).slice(1)) {
        await cp(path('ext-signed'), path(host), { recursive: true });
        await copyFile(path('exchange/tls-ext-signed.csr'), path(`exchange/tls-${host}.csr`));
      }
      await openssl(
        ...['req', '-new', ...keyOf, '-subj', '/CN=bao', '-keyout', 'other.key', '-out'],
        'other.csr',
      );
      for (const host of ['ext-signed', 'ext-asked']) await sign(host);
      await sign('ext-due', { days: 40 });
      await sign('ext-key', { csr: 'other.csr' });
      await sign('ext-impostor', { ca: 'impostor' });
      await sign('ext-names', { san: 'DNS:bao,IP:127.0.0.1' });
      await writeFile(answer('ext-cut'), (await sign('ext-cut')).slice(0, 200));
      // A signer elsewhere may add names of its own.
      const leaf = await sign('ext-chain', { ca: 'between', san: `${names},DNS:more` });
      await writeFile(answer('ext-chain'), leaf + (await readFile(path('between.pem'), 'utf8')));
      await sign('ext-leaf', { ca: 'between' });

      const ran = await play(hosts);
      for (const host of ['ext-signed', 'ext-due', 'ext-asked', 'ext-chain']) {
        expect([host, ran.outcome(host)]).toEqual([host, expect.any(Number)]);
        expect(await installed(host)).toBe(await readFile(answer(host), 'utf8'));
      }
      for (const [host, why] of [
        ['ext-key', 'it is for another key'],
        ['ext-impostor', 'another CA signed it'],
        ['ext-leaf', 'another CA signed it'],
        ['ext-names', 'it is not for localhost'],
        ['ext-cut', 'it is no certificate, or cut'],
      ] as const) {
        expect(ran.outcome(host)).toContain(`is not it: ${why}`);
        await expect(installed(host)).rejects.toThrow('ENOENT');
      }
    });

    it('changes nothing the second time, and renews by a new answer alone', async () => {
      const before = await installed('ext-due');
      const ran = await play({
        ...{ 'ext-signed': external, 'ext-chain': external },
        ...due,
        ...forced,
      });
      expect([ran.outcome('ext-signed'), ran.outcome('ext-chain')]).toEqual([0, 0]);
      expect(ran.outcome('ext-due')).toContain('is not it: it ends soon');
      expect(ran.outcome('ext-asked')).toContain('is not it: it is the one that is to be replaced');
      expect(await installed('ext-due')).toBe(before);

      for (const host of ['ext-due', 'ext-asked']) await sign(host);
      const again = await play({ ...due, ...forced });
      for (const host of ['ext-due', 'ext-asked']) {
        expect([host, again.outcome(host)]).toEqual([host, expect.any(Number)]);
        expect(await installed(host)).toBe(await readFile(answer(host), 'utf8'));
      }
      expect((await play(due)).outcome('ext-due')).toBe(0);
    });
  });
});
