import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shiftableClock } from '../../../lab/aws/clock.ts';
import {
  startInfisicalDouble,
  type InfisicalDouble,
  type InfisicalDoubleOptions,
} from '../../../lab/infisical/double.ts';
import { createCa, issue } from '../../../lab/pki.ts';

export const organizationId = '6f3a1c52-0c0e-4f0e-9d43-2f4f6b1c7a10';
export const connectionId = '1d2f9a35-7c41-4a0e-8d55-0f6a2b9c4e21';

/** A double with a CA of its own and a clock that a test moves. */
export interface RunningDouble {
  readonly double: InfisicalDouble;
  readonly url: string;
  readonly ca: string;
  readonly caFile: string;
  readonly directory: string;
  readonly administrator: { readonly clientId: string; readonly clientSecret: string };
  /** What a process needs to log in as the administrator. */
  readonly env: Readonly<Record<string, string>>;
  /** Seconds; they add up. */
  readonly advance: (seconds: number) => void;
  /** Ends it and starts it again on its port and state. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function runDouble(
  options: Partial<Pick<InfisicalDoubleOptions, 'plan' | 'fault' | 'github'>> = {},
): Promise<RunningDouble> {
  const directory = await mkdtemp(join(tmpdir(), 'infisical-double-'));
  const ca = await createCa('test CA');
  const pair = await issue(ca, { commonName: 'infisical', addresses: ['127.0.0.1'] });
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, ca.certificate);
  const administrator = {
    clientId: randomUUID(),
    clientSecret: randomBytes(32).toString('hex'),
  };
  let offset = 0;
  const clock = shiftableClock();
  const start = (port?: number) =>
    startInfisicalDouble({
      plan: 'pro',
      ...options,
      ...(port === undefined ? {} : { port }),
      stateDir: join(directory, 'state'),
      organizationId,
      connections: [connectionId],
      tls: pair,
      administrator,
      clock,
    });
  let double = await start();
  const { url } = double;
  return {
    get double() {
      return double;
    },
    url,
    ca: ca.certificate,
    caFile,
    directory,
    administrator,
    env: {
      INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: administrator.clientId,
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: administrator.clientSecret,
      SSL_CERT_FILE: caFile,
    },
    advance: (seconds) => {
      offset += seconds;
      clock.shift(offset);
    },
    restart: async () => {
      await double.close();
      double = await start(Number(new URL(url).port));
    },
    stop: async () => {
      await double.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
