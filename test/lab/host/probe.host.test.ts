import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { baseImage } from '../../../lab/host/base-image.ts';
import { probeContainers } from '../../../lab/host/probe.ts';
import { PartMissing } from '../../../lab/parts/part.ts';
import { onPath } from '../../../src/terraform/binary.ts';
import { containersOrSkip } from './containers-or-skip.ts';

const can = await containersOrSkip('the probe, on a machine that forbids containers', 'bookworm');

describe.runIf(can)('the probe of this machine', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  /** The shell script instead of `systemd-nspawn`; what the probe said then. */
  const said = async (script: string) => {
    const bin = await mkdtemp(join(tmpdir(), 'probe-'));
    onTestFinished(() => rm(bin, { recursive: true, force: true }));
    await writeFile(join(bin, 'systemd-nspawn'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
    const image = await baseImage('bookworm', 'furnished', () => undefined);
    return probeContainers(image).then(
      () => 'it works',
      (error: unknown) => (error instanceof PartMissing ? error.message : String(error)),
    );
  };

  it('repeats what a container was refused with', async () => {
    const refused = await said('echo "Failed to allocate a pty: forbidden"; exit 7');
    expect(refused).toMatch(/^a systemd container does not work on this machine/);
    expect(refused).toMatch(/pty: forbidden\nsystemd-nspawn ended with 7$/);
  });

  it('finds what the roles need refused inside of one that boots', async () => {
    const nspawn = (await onPath('systemd-nspawn')) ?? '';
    const without = await said(`exec '${nspawn}' --drop-capability=CAP_NET_ADMIN "$@"`);
    expect(without).toMatch(/Operation not permitted/);
    expect(await said(`exec '${nspawn}' "$@"`)).toBe('it works');
  });
});
