import { revokeCertificates } from '../client/incident/certificates.ts';
import { call, type Connection } from '../client/openbao.ts';
import type { Backbone } from '../model/backbone.ts';
import { responderPaths } from '../model/names.ts';
import { UserError } from '../user-error.ts';
import type { Officials } from './officials.ts';
import { leftBehind, Remains, type Remain } from './remains.ts';
import { destroySecretId } from './subject.ts';

/** What a run that was killed has left: given up now, as a responder. Says what it could not. */
export async function cleanUpAfterOthers(
  directory: string,
  backbone: Backbone,
  officials: Officials,
  progress: (line: string) => void,
): Promise<readonly Remain[]> {
  const left: Remain[] = [];
  const server = officials.operator.address;
  for (const { remains, keep } of await leftBehind(directory, server, new Date())) {
    progress(`a run before this one was cut off: ${String(remains.length)} things to give up`);
    const still = await endAll(remains, backbone, officials);
    await keep(still);
    left.push(...still);
  }
  return left;
}

/** @returns those that could not be ended */
export async function endAll(
  remains: readonly Remain[],
  backbone: Backbone,
  officials: Officials,
): Promise<readonly Remain[]> {
  if (remains.length === 0) return [];
  const responder = await officials.become('responder');
  if (typeof responder === 'string') return remains;
  const still: Remain[] = [];
  for (const remain of remains) {
    try {
      await end(remain, backbone, responder.connection);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      still.push(remain);
    }
  }
  return still;
}

async function end({ kind, name, who }: Remain, backbone: Backbone, by: Connection): Promise<void> {
  switch (kind) {
    case 'token':
      await call(by, {
        method: 'POST',
        path: responderPaths.revokeToken,
        body: { accessor: name },
      }).catch((error: unknown) => {
        // It has ended meanwhile.
        if (!String(error).includes('invalid accessor')) throw error;
      });
      return;
    case 'SecretID': {
      const consumer = backbone.consumers.find((one) => one.name === who);
      if (consumer === undefined) return;
      const nowhere = new Remains('', '');
      await destroySecretId({ remains: nowhere }, by, consumer, name);
      return;
    }
    case 'certificate':
      await revokeCertificates(by, responderPaths, [name]);
  }
}
