import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import type { Release } from '../../lab/host/base-image.ts';
import type { Container } from '../../lab/host/container.ts';
import type { PathLab } from './path-lab.ts';
import { until } from './site.ts';

/** What its service gets. */
export const canary = 'canary-exporter-"$%i\\4f1c';
const address = '192.0.2.31/24';
const silent = () => undefined;

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
      () => on('cat /run/backbone-run-exporter/got 2> /dev/null || true'),
      (text) => text !== '',
    );

  it('has a template made by consumer.yml, which holds no credential', async () => {
    const place = get();
    const { hosts } = place;
    await place.backbone(['secret', 'put', 'unifi/exporter'], {
      input: JSON.stringify({ username: 'unpoller', password: canary }),
    });
    await place.backbone(['contract', '--consumer', 'unpoller', '--out', place.path('contract.json')]);
    const settings = { name: 'template', hostname: 'template', address, release };
    const template = await hosts.create(settings, silent);
    await template.start();
    const made = await place.consumer();
    expect(made.exitCode, made.all).toBe(0);
    expect(made.all).toContain('neither a SecretID nor a certificate yet');
    await template.stop();
    const clone = { name: 'ct131', hostname: 'unpoller', address, release, copyOf: template };
    consumer = await hosts.create(clone, silent);
    await hosts.destroy('template');
  });

  it('is delivered to before its first start, and started', async () => {
    const place = get();
    const delivered = await place.inside([
      ...['env', `PATH=${dirname(place.path('ssh'))}:${process.env['PATH'] ?? ''}`],
      ...[process.execPath, place.path('backbone-client.cjs'), 'deliver', 'unpoller'],
      ...['--start', '--wrap-ttl', '30m'],
    ]);
    expect(delivered, delivered.stderr).toMatchObject({ exitCode: 0 });
    expect(await consumer.isRunning()).toBe(true);
    await consumer.booted();
    expect(place.lab.printed.join('\n')).not.toContain(canary);
  });

  it('lets the consumer in at its first boot, and its service has its secret', async () => {
    expect(await got()).toBe(canary);
    expect(await on('systemctl --failed --plain --no-legend')).toBe('');
    expect(await on('ls /etc/credstore')).toBe('');
  });

  it('gives it its secret again after a reboot', async () => {
    await consumer.reboot();
    expect(await got()).toBe(canary);
    const again = await get().consumer();
    expect(again.exitCode, again.all).toBe(0);
    expect(again.changed, again.all).toBe(0);
  });
}
