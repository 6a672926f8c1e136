import { spawn } from 'node:child_process';
import { addresses } from '../test/client/deployed.ts';
import { openSite } from '../test/broker/site.ts';
import { measure, residentMiB, type Figure } from './measure.ts';

/** Figures, and the memory of each process in MiB, the first being what the others are compared with. */
export interface Measured {
  readonly figures: readonly Figure[];
  readonly memory: Readonly<Record<string, number>>;
}

/**
 * A token by the broker as it is shipped, with a real OpenBao that signs, against asking GitHub's double for one with a
 * key that lies about. Cold: the first token after the broker was started anew.
 */
export async function measureBroker(rounds: number): Promise<Measured> {
  const site = await openSite();
  try {
    await site.deployed.bundle(['github', 'import-key', '-'], {
      input: site.github.key.pem,
      contract: await site.contractFile(),
      localAddress: addresses.alice,
      env: { BAO_TOKEN: await site.deployed.operatorToken() },
    });
    let proof = '';
    const prove = async () => {
      proof = await site.proofOf('agent');
    };
    const body = { context: 'homelab', repositories: ['homelab'] };
    const ask = async () => {
      const { status } = await site.call('POST', '/token', { body, proof });
      if (status !== 201 && status !== 200) throw new Error(`no token: ${String(status)}`);
    };
    const direct = 'GitHub, directly, with the key in a file';
    const warm = 'broker, warm';
    const figures = await measure(rounds, [
      {
        what: direct,
        run: () => site.github.mint(71, { repositories: ['homelab'], permissions: {} }),
      },
      { what: warm, before: prove, run: ask, against: direct },
      {
        what: 'broker, cold: its first token',
        before: async () => {
          await site.kill('SIGTERM');
          await site.start();
          await prove();
        },
        run: ask,
        against: warm,
      },
    ]);
    return {
      figures,
      memory: {
        'bare Node': await bareNode(),
        'the broker': await residentMiB(site.pid()),
      },
    };
  } finally {
    await site.stop();
  }
}

async function bareNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return await residentMiB(child.pid ?? 0);
  } finally {
    child.kill();
  }
}
