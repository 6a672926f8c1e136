import { expect, it } from 'vitest';
import type { Release } from '../../lab/host/base-image.ts';
import type { Container } from '../../lab/host/container.ts';
import type { PathLab } from './path-lab.ts';
import { until } from './site.ts';

export const password = 'canary-exporter-"$%i\\4f1c';
/** What its service gets: a line of its environment. */
export const canary = `UNIFI_PASSWORD=${password}`;
/** Where the service shows its environment. */
export const given = '/run/backbone-run-exporter/got';
const address = '192.0.2.31/24';

/**
 * The declared consumer unpoller, as a person would make it on Proxmox VE: a template with client and units,
 * a clone of it, a delivery before its first start.
 */
export function consumerOnThePath(get: () => PathLab, release: Release): void {
  let consumer: Container;
  const on = async (script: string) => {
    const shell = ['bash', '--norc', '-euo', 'pipefail', '-c', script];
    const { exitCode, stdout, stderr } = await consumer.enter(shell);
    if (exitCode !== 0) throw new Error(`${script}\nended with ${String(exitCode)}: ${stderr}`);
    return stdout.trim();
  };
  const got = () =>
    until(
      'the service to have its secret',
      () => on(`cat ${given} 2> /dev/null || true`),
      (text) => text !== '',
    );

  it('has a template made by consumer.yml, which holds no credential', async () => {
    const place = get();
    const values = JSON.stringify({ username: 'unpoller', password });
    await place.backbone(['secret', 'put', 'unifi/exporter'], values);
    const wanted = { name: 'ct131', hostname: 'unpoller', address, release };
    const { container, made } = await place.cloneConsumer('unpoller', wanted);
    expect(made.all).toContain('neither a SecretID nor a certificate yet');
    consumer = container;
  });

  it('is delivered to before its first start, and started', async () => {
    const place = get();
    const delivered = await place.deliver('unpoller', '--wrap-ttl', '30m');
    expect(delivered, delivered.stderr).toMatchObject({ exitCode: 0 });
    expect(await consumer.isRunning()).toBe(true);
    await consumer.booted();
    expect(place.lab.printed.join('\n')).not.toContain(password);
  });

  it('lets the consumer in at its first boot, and its service has its secret', async () => {
    expect((await got()).split('\n')).toContain(canary);
    expect(await on('systemctl --failed --plain --no-legend')).toBe('');
    expect(await on('ls /etc/credstore')).toBe('');
  });

  it('gives it its secret again after a reboot', async () => {
    await consumer.reboot();
    expect((await got()).split('\n')).toContain(canary);
    const again = await get().playConsumer('unpoller');
    expect(again.exitCode, again.all).toBe(0);
    expect(again.changed, again.all).toBe(0);
  });
}
