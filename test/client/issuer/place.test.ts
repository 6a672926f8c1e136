import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { place, sshHost } from '../../../src/client/issuer/place.ts';
import { UserError } from '../../../src/user-error.ts';
import { proxmoxHost, type ProxmoxHost } from './proxmox-host.ts';

const canary = 's.canary-of-the-wrapping';
const envelope = JSON.stringify({ version: 1, wrapping_token: canary });
const file = 'etc/credstore/backbone-secret-id';

let host: ProxmoxHost;
let minted = 0;
beforeEach(async () => {
  host = await proxmoxHost();
  minted = 0;
});
afterEach(() => host.remove());

const mint = () => {
  minted += 1;
  return Promise.resolve(`${envelope}\n`);
};
const deliver = (changed: Partial<ProxmoxHost['target']> = {}) =>
  place({ ...host.target, ...changed }, host.env, mint);

describe('placing', () => {
  it('puts the envelope where systemd looks, for the root of the container alone', async () => {
    expect(await deliver()).toBe(true);
    expect(await readFile(host.inside(file), 'utf8')).toBe(`${envelope}\n`);
    const { uid: root } = await stat(host.inside('etc'));
    for (const [path, mode] of [
      [file, 0o600],
      ['etc/credstore', 0o700],
    ] as const) {
      const made = await stat(host.inside(path));
      expect([made.uid, made.mode & 0o777]).toEqual([root, mode]);
    }
    expect(await readdir(host.inside('etc/credstore'))).toEqual(['backbone-secret-id']);
  });

  it('leaves the container unmounted, and stopped unless it was asked to start it', async () => {
    await deliver();
    expect(await host.read('lock')).toBe('');
    expect(await host.read('pct-calls')).toBe('config 130\nstatus 130\nmount 130\nunmount 130\n');
    expect(await deliver({ replace: true, start: true })).toBe(true);
    expect(await host.read('status')).toBe('running\n');
  });

  it('tells a container that does not start from one that was not delivered to', async () => {
    await host.set('fails', 'start');
    expect(await deliver({ start: true })).toBe(false);
    expect(await readFile(host.inside(file), 'utf8')).toContain(canary);
  });

  it('has the token in no argument, and no credential of the issuer in the environment of ssh', async () => {
    await deliver();
    expect(await host.read('ssh-arguments')).not.toContain(canary);
    expect(await host.read('pct-calls')).not.toContain(canary);
    expect(await host.read('ssh-environment')).toContain('FAKE=');
    expect(await host.read('ssh-environment')).not.toMatch(/canary|of-the-issuer/);
  });
});

describe('what is refused, and nothing minted', () => {
  const refused = async (message: RegExp, changed?: Partial<ProxmoxHost['target']>) => {
    const before = await readdir(host.inside('etc'));
    const error = await deliver(changed).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(message);
    expect(minted).toBe(0);
    expect(await readdir(host.inside('etc'))).toEqual(before);
    expect(await readdir(host.inside('..'))).not.toContain('lock');
  };

  it('a running container', async () => {
    await host.set('status', 'running');
    await refused(/running already/);
  });

  it('one that was delivered to, unless that is to be replaced', async () => {
    await deliver();
    minted = 0;
    await refused(/delivered to already.*--replace/);
    expect(await deliver({ replace: true })).toBe(true);
  });

  it('one that does not exist', () =>
    refused(/no container 131/, { container: { ...host.target.container, vmid: 131 } }));

  it.each(['192.0.2.4', '192.0.2.41', '92.0.2.40', '192.0.2.1'])(
    'one of another address than %s',
    (address) =>
      refused(/another one than was declared/, {
        container: { ...host.target.container, address },
      }),
  );

  it('one that somebody else has mounted, which stays mounted', async () => {
    await host.set('lock', 'theirs');
    await expect(deliver()).rejects.toThrow(/cannot be mounted/);
    expect(await host.read('lock')).toBe('theirs\n');
    expect(minted).toBe(0);
  });

  it.each(['etc/credstore', file])('one with a symbolic link at %s', async (path) => {
    await mkdir(host.inside('../elsewhere'));
    if (path === file) await mkdir(host.inside('etc/credstore'));
    await symlink('../../elsewhere', host.inside(path));
    await refused(/symbolic link/);
    // Nor is a link replaced: who made it may have made more.
    await refused(/symbolic link/, { replace: true });
    expect(await readdir(host.inside('../elsewhere'))).toEqual([]);
  });

  it('one whose configuration and owner do not agree', async () => {
    const config = await host.read('config');
    await host.set('config', config.replace('unprivileged: 1', ''));
    await refused(/owner/);
  });

  it('no connection', async () => {
    await host.set('no-connection', '');
    await refused(/no connection to root@pve1/);
  });
});

describe('what goes wrong afterwards', () => {
  it('leaves nothing behind where nothing could be minted', async () => {
    const failed = place(host.target, host.env, () => Promise.reject(new UserError('sealed')));
    await expect(failed).rejects.toThrow('sealed');
    expect(await host.read('lock')).toBe('');
    expect(await readdir(host.inside('etc/credstore'))).toEqual([]);
  });

  it.each(['', '{"version":1,"wrapping_to'])(
    'places nothing of an envelope cut to %j',
    async (cut) => {
      const failed = place(host.target, host.env, () => Promise.resolve(cut));
      await expect(failed).rejects.toThrow(/before the delivery was complete/);
      expect(await host.read('lock')).toBe('');
      expect(await readdir(host.inside('etc/credstore'))).toEqual([]);
    },
  );

  it('says that the container is still mounted', async () => {
    await host.set('fails', 'unmount');
    await expect(deliver()).rejects.toThrow(/cannot be unmounted/);
  });

  it('does not write where a file system is in the way', async () => {
    await writeFile(host.inside('etc/credstore'), '');
    await expect(deliver()).rejects.toThrow(/cannot be written/);
    expect(minted).toBe(0);
  });
});

describe('the name of a Proxmox host', () => {
  it.each(['root@pve1', 'pve1', 'root@192.0.2.10', 'root@2001:db8::10', 'pve1.example.net'])(
    'is %s',
    (word) => {
      expect(sshHost(word)).toBe(word);
    },
  );

  it.each([
    '-oProxyCommand=touch x',
    'root@-x',
    '',
    'a b',
    'pve1;reboot',
    '$(reboot)',
    'root@',
    'a\nb',
    '@pve1',
  ])('is not %j', (word) => {
    expect(() => sshHost(word)).toThrow(/--host takes/);
  });
});
