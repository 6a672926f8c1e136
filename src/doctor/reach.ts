import { connect } from 'node:net';
import type { Finding } from './check.ts';

/** Whether a TCP connection to that URL's host can be made within five seconds. */
export async function checkReach(check: string, url: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(url);
  const number = port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port);
  const reason = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: number, timeout: 5000 });
    const done = (result: string | undefined) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => {
      done(undefined);
    });
    socket.once('timeout', () => {
      done('no answer within 5 s');
    });
    socket.once('error', (error) => {
      done(error.message);
    });
  });
  return reason === undefined
    ? { check, verdict: 'ok', found: url }
    : {
        check,
        verdict: 'failed',
        found: `${url}: ${reason}`,
        advice: 'is it up, is a firewall between?',
      };
}
