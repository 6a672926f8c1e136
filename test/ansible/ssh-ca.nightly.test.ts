import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { siteOrSkip, until } from './site.ts';
import { good } from './recap.ts';
import { openSshSite, type Ran, type SshSite } from './ssh-site.ts';

const ansible = await siteOrSkip('logins by certificate into a real container');
const playbook = 'playbooks/ssh-ca.yml';
// Not by unit: of a process that has ended already, the journal does not know it.
const log = 'journalctl --identifier=sshd --no-pager --output=cat';

/** Each test goes on from the one before. */
describe.runIf(ansible)('a host that trusts the SSH authority', () => {
  let site: SshSite;
  /** A certificate of five minutes that logged in, until its end. */
  let first = '';

  beforeAll(async () => {
    if (ansible === undefined) return;
    site = await openSshSite(ansible);
    // Two users beside root: `backup` is Debian's own, and no principal is named for it.
    await site.on(
      'useradd --create-home --shell /bin/bash deploy; usermod --shell /bin/bash backup',
    );
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });

  const isIn = (ran: Ran, user: string) => {
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0, stdout: user });
  };
  /** @param why  as sshd says it in the log of the host */
  const isRefused = async (attempt: () => Promise<Ran>, why?: string) => {
    const since = await site.on('date +%s');
    const ran = await attempt();
    expect(ran.exitCode, ran.stdout).toBe(255);
    expect(ran.stderr).toContain('Permission denied');
    if (why === undefined) return;
    await until(
      `"${why}" in the log of sshd`,
      () => site.on(`${log} --since=@${since}`),
      (text) => text.includes(why),
    );
  };

  it('takes no certificate before it is told of the authority', async () => {
    const early = await site.signed('ansible');
    await isRefused(() => site.logIn(early, 'root'));
  });

  it('is told by --check what would be done, and nothing is', async () => {
    const files = () => site.on('ls -AR /etc/ssh | sha256sum');
    const before = await files();
    const ran = await site.playBy('first key', playbook, '--check', '--diff');
    good(ran);
    expect(ran.changed).toBeGreaterThan(3);
    expect(await files()).toBe(before);
  });

  it('is configured over the key that it was made with, and a second time nothing changes', async () => {
    good(await site.playBy('first key', playbook));
    const again = await site.playBy('first key', playbook);
    good(again);
    expect(again.changed, again.all).toBe(0);
  });

  it('lets in by `backbone ssh`, and says in its log who it was', async () => {
    isIn(await site.ssh('whoami'), 'root');
    const accepted = /Accepted publickey for root from 192\.0\.2\.1 .*ED25519-CERT .*ID alice-/;
    await until(
      'her login in the log of sshd',
      () => site.on(log),
      (text) => accepted.test(text),
    );
  });

  it('lets a certificate in as the users of its principal, and as no other', async () => {
    first = await site.signed('ansible');
    const deploy = await site.signed('deploy');
    const unlisted = 'Certificate does not contain an authorized principal';
    isIn(await site.logIn(first, 'root'), 'root');
    isIn(await site.logIn(deploy, 'deploy'), 'deploy');
    await isRefused(() => site.logIn(deploy, 'root'), unlisted);
    await isRefused(() => site.logIn(first, 'deploy'), unlisted);
  });

  it('lets nobody in as a user that is not named, although a principal is called so', async () => {
    const backup = await site.signed('backup');
    await isRefused(() => site.logIn(backup, 'backup'));
  });

  it('takes no certificate of another CA for the same principal', async () => {
    const forged = await site.forged('ansible');
    await isRefused(() => site.logIn(forged, 'root'));
  });

  it('can lose the key that it was made with: Ansible has an agent', async () => {
    const gone = await site.ssh('mv', '/root/.ssh/authorized_keys', '/root/kept_keys');
    expect(gone.exitCode, gone.stderr).toBe(0);
    for (const way of ['first key', 'nothing'] as const) {
      const ran = await site.playBy(way, playbook);
      expect(ran.exitCode, ran.all).not.toBe(0);
      expect(ran.all).toContain('Permission denied');
    }
    const ran = await site.playBy('agent', playbook);
    good(ran);
    expect(ran.changed, ran.all).toBe(0);
  });

  it('becomes an OpenBao host by site.yml with the agent alone', async () => {
    good(await site.playBy('agent', 'site.yml', '--check'));
    const ran = await site.playBy('agent', 'site.yml');
    good(ran);
    expect(ran.changed).toBeGreaterThan(12);
    await site.healthy();
  });

  it('takes a certificate no longer than its five minutes', async () => {
    const { stdout } = await execa('ssh-keygen', ['-L', '-f', `${first}-cert.pub`]);
    const [, from = '', to = ''] = /from (\S+) to (\S+)/.exec(stdout) ?? [];
    const end = new Date(to).getTime();
    // It begins half a minute early, for clocks that are behind.
    expect(end - new Date(from).getTime()).toBe(330_000);
    // sshd counts in seconds, and lets the last one count. Most of it went by in the tests before.
    await delay(Math.max(0, end + 1500 - Date.now()));
    await isRefused(() => site.logIn(first, 'root'), 'Certificate invalid: expired');
    isIn(await site.logIn(await site.signed('ansible'), 'root'), 'root');
  });

  it('takes none that is revoked, by its key or as it is', async () => {
    const [byKey, whole, kept] = await Promise.all([
      site.signed('ansible'),
      site.signed('ansible'),
      site.signed('ansible'),
    ]);
    for (const key of [byKey, whole, kept]) isIn(await site.logIn(key, 'root'), 'root');
    const lines = [
      await readFile(`${byKey}.pub`, 'utf8'),
      await readFile(`${whole}-cert.pub`, 'utf8'),
    ];
    await site.set(
      'ssh_ca_revoked_keys',
      lines.map((line) => line.trim()),
    );
    good(await site.playBy('agent', playbook));
    for (const key of [byKey, whole]) await isRefused(() => site.logIn(key, 'root'), 'revoked');
    isIn(await site.logIn(kept, 'root'), 'root');
  });

  it('takes none any more once no authority is declared, and goes on by keys', async () => {
    const kept = await site.signed('ansible');
    isIn(await site.logIn(kept, 'root'), 'root');
    // What is left afterwards is the key that the host was made with.
    await site.on('cp /root/kept_keys /root/.ssh/authorized_keys');
    await site.set('ssh_ca_public_keys', []);
    good(await site.playBy('agent', 'site.yml', '--tags', 'ssh_ca'));
    await isRefused(() => site.logIn(kept, 'root'));
    expect(await site.on('find /etc/ssh -name "*backbone*"')).toBe('');
    const again = await site.playBy('first key', playbook);
    good(again);
    expect(again.changed, again.all).toBe(0);
  });
});
