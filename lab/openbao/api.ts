import { readFile } from 'node:fs/promises';
import { request } from 'node:https';

/** State of a server as `sys/health` tells it without any token. */
export type Health = 'active' | 'standby' | 'sealed' | 'uninitialised' | 'unreachable';

/** Source of the codes: OpenBao API, sys/health. */
const states: Readonly<Record<number, Health>> = {
  200: 'active',
  429: 'standby',
  501: 'uninitialised',
  503: 'sealed',
};

/** Never throws: a server that cannot be asked is `unreachable`. */
export async function health(address: string, caCertificate: string): Promise<Health> {
  try {
    const ca = await readFile(caCertificate, 'utf8');
    return await new Promise((resolve) => {
      const call = request(`${address}/v1/sys/health`, { ca, timeout: 2000 }, (response) => {
        response.resume();
        resolve(states[response.statusCode ?? 0] ?? 'unreachable');
      });
      call.once('timeout', () => call.destroy());
      call.once('error', () => {
        resolve('unreachable');
      });
      call.end();
    });
  } catch {
    return 'unreachable';
  }
}
