import { beforeAll, describe, expect, it } from 'vitest';
import { openServicesSite, type ServicesSite } from './services-site.ts';
import { good, said } from './recap.ts';
import { siteOrSkip, until } from './site.ts';
import { admin } from './unifi-admin.ts';

const ansible = await siteOrSkip('the host that rotates UniFi credentials');
const name = 'unifi-rotation';

/** Each test goes on from the one before. */
describe.runIf(ansible)('the host that rotates UniFi credentials', () => {
  let site: ServicesSite;
  let rotated = '';

  beforeAll(async () => {
    if (ansible === undefined) return;
    site = await openServicesSite(ansible);
    return async () => {
      await site.remove();
      await ansible.remove();
    };
  });

  const play = (...args: readonly string[]) => site.play('unifi-rotation.yml', ...args);
  const property = (unit: string, what = 'ActiveState') =>
    site.on(name, `systemctl show --property=${what} --value ${unit}`);
  const kv = async (method: 'GET' | 'POST', kind: 'data' | 'metadata', body?: unknown) => {
    const path = `kv/${kind}/unifi/console`;
    const answer = await site.server.ask({ method, path, body, token: site.server.rootToken });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer.body;
  };
  const kept = async () => {
    const { data } = (await kv('GET', 'data'))['data'] as { data: Record<string, string> };
    return data;
  };
  const version = async () => {
    const { metadata } = (await kv('GET', 'data'))['data'] as { metadata: { version: number } };
    return metadata.version;
  };
  const write = async (password: string) =>
    kv('POST', 'data', {
      data: { username: admin.name, password },
      options: { cas: await version() },
    });
  /** What the controller says to a password: 200, or 403. */
  const signIn = (password: string) =>
    site.on(
      name,
      `curl --silent --insecure --output /dev/null --write-out '%{http_code}' --json @- ${site.unifi}/api/auth/login`,
      JSON.stringify({ username: admin.name, password }),
    );
  const rotate = () => site.on(name, 'systemctl start unifi-rotation || true');

  it('is told by --check what would be done, and nothing is', async () => {
    await (await site.make(name)).start();
    const files = () => site.on(name, 'ls -AR /etc /usr/local /var/lib | sha256sum');
    const before = await files();
    const ran = await play('--check', '--diff');
    good(ran);
    expect(ran.changed).toBeGreaterThan(5);
    expect(await files()).toBe(before);
  });

  it('is prepared before its delivery, and a second time nothing changes', async () => {
    const ran = await play();
    good(ran);
    expect(ran.all).toContain('neither a SecretID nor a certificate yet');
    expect(await property('unifi-rotation.timer')).toBe('inactive');
    const again = await play();
    good(again);
    expect(again.changed, again.all).toBe(0);
    await site.on(
      name,
      'systemd-analyze security --no-pager --threshold=25 unifi-rotation.service >/dev/null',
    );
  });

  it('is let in by its delivery, and looks every hour from then on', async () => {
    await (await site.host(name)).stop();
    const done = await site.client('secret-id-issuer', ['deliver', name, '--wrap-ttl', '30m']);
    expect(done, done.stderr).toMatchObject({ exitCode: 0 });
    await (await site.host(name)).start();
    await until(
      'the timer',
      () => property('unifi-rotation.timer'),
      (is) => is === 'active',
    );
    const ran = await play();
    good(ran);
    expect(ran.changed, ran.all).toBe(0);
  });

  it('replaces what is due, at the controller and in OpenBao', async () => {
    await write(admin.password);
    expect(await signIn(admin.password)).toBe('200');
    await rotate();
    expect(await property('unifi-rotation', 'Result')).toBe('success');
    rotated = (await kept())['password'] ?? '';
    expect(rotated).not.toBe(admin.password);
    expect(await signIn(rotated)).toBe('200');
    expect(await signIn(admin.password)).toBe('403');
  });

  it('leaves what is not due', async () => {
    await kv('POST', 'metadata', { custom_metadata: { rotate_every_seconds: '2592000' } });
    const before = await version();
    await rotate();
    expect(await property('unifi-rotation', 'Result')).toBe('success');
    expect(await version()).toBe(before);
    expect(await signIn(rotated)).toBe('200');
  });

  it('shows no password to the host', async () => {
    const places = await site.on(
      name,
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; ' +
        'journalctl --no-pager --output=cat; grep -r . /var/lib/credential-backbone /etc/systemd/system',
    );
    expect(places).toContain('unifi-rotation');
    for (const password of [admin.password, rotated]) expect(places).not.toContain(password);
  });

  it('raises the alarm where it could not, and Ansible says so', async () => {
    await kv('POST', 'metadata', { custom_metadata: {} });
    await write('canary-not-its-password');
    await rotate();
    expect(await property('unifi-rotation')).toBe('failed');
    const told = await until(
      'the alarm',
      () => site.on(name, 'cat /var/lib/backbone-alarm/unifi-rotation.service.json || true'),
      (text) => text !== '',
    );
    expect(told).toContain('unifi/console');
    expect(told).not.toContain('canary');
    expect(await signIn(rotated)).toBe('200');
    const ran = await play('--tags', 'verify');
    expect(ran.exitCode).not.toBe(0);
    expect(said(ran)).toContain('journalctl -u unifi-rotation');

    await write(rotated);
    await rotate();
    expect(await property('unifi-rotation', 'Result')).toBe('success');
    good(await play('--tags', 'verify'));
  });
});
