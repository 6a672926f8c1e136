import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { z } from 'zod';
import { connectionFromEnv } from '../client/connection.ts';
import { lookupSelf } from '../client/token.ts';
import { UserError } from '../user-error.ts';
import type { Finding } from './check.ts';

const health = z.object({ version: z.string(), sealed: z.boolean(), initialized: z.boolean() });

/** More than this many seconds apart, and AWS refuses signatures and TTLs stop meaning anything. */
const tolerableSkew = 60;

/** Reachability, seal state and clock of OpenBao, and the token of this shell. */
export async function checkOpenBao(address: string): Promise<readonly Finding[]> {
  let answer: { readonly date: string | undefined; readonly body: string };
  try {
    const { ca } = await connectionFromEnv(process.env, address);
    answer = await look(address, ca);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [
      {
        check: 'OpenBao',
        verdict: 'failed',
        found,
        advice: 'is the host up, the firewall open for this address, BAO_CACERT the right CA?',
      },
    ];
  }
  return [state(answer.body), clock(answer.date), await token(address)];
}

function look(
  address: string,
  ca: string | undefined,
): Promise<{ readonly date: string | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(`${address}/v1/sys/health`, { ca, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => {
        resolve({ date: response.headers.date, body });
      });
    });
    call.once('timeout', () => call.destroy(new Error(`${address}: no answer within 5 s`)));
    call.once('error', reject);
    call.end();
  });
}

function state(body: string): Finding {
  let parsed: z.infer<typeof health>;
  try {
    parsed = health.parse(JSON.parse(body));
  } catch {
    return { check: 'OpenBao', verdict: 'failed', found: 'the answer is not that of OpenBao' };
  }
  const { version, sealed, initialized } = parsed;
  if (!initialized) {
    return {
      check: 'OpenBao',
      verdict: 'failed',
      found: `${version}, not initialised`,
      advice: 'its self-initialisation did not run: look at its log on the host',
    };
  }
  return sealed
    ? {
        check: 'OpenBao',
        verdict: 'failed',
        found: `${version}, sealed`,
        advice: 'is its seal key where its configuration says? See its log on the host',
      }
    : { check: 'OpenBao', verdict: 'ok', found: `${version}, unsealed` };
}

function clock(date: string | undefined): Finding {
  const there = Date.parse(date ?? '');
  if (Number.isNaN(there))
    return { check: 'clock', verdict: 'skipped', found: 'no date was given' };
  const skew = Math.round((there - Date.now()) / 1000);
  const found = `${String(Math.abs(skew))} s apart from OpenBao`;
  return Math.abs(skew) <= tolerableSkew
    ? { check: 'clock', verdict: 'ok', found }
    : { check: 'clock', verdict: 'failed', found, advice: 'synchronise both clocks (NTP)' };
}

async function token(address: string): Promise<Finding> {
  const connection = await connectionFromEnv(process.env, address);
  if (connection.token === undefined) {
    return {
      check: 'token',
      verdict: 'skipped',
      found: 'neither BAO_TOKEN nor VAULT_TOKEN is set',
    };
  }
  try {
    const { policies, ttl } = await lookupSelf(connection);
    const found = `${policies.join(', ')}; ${String(Math.floor(ttl / 60))} min left`;
    return policies.includes('root')
      ? { check: 'token', verdict: 'warning', found, advice: 'work as an operator, not as root' }
      : { check: 'token', verdict: 'ok', found };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check: 'token', verdict: 'failed', found: error.message, advice: 'log in again' };
  }
}

/** The PEM file that TLS trusts besides the system's, so that a wrong path is found before a request. */
export async function checkCaFile(): Promise<readonly Finding[]> {
  const file = process.env['BAO_CACERT'] ?? process.env['VAULT_CACERT'];
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.includes('BEGIN CERTIFICATE')
    ? [{ check: 'CA file', verdict: 'ok', found: file }]
    : [{ check: 'CA file', verdict: 'failed', found: file, advice: 'name a PEM certificate' }];
}
