import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { z } from 'zod';
import { connectionFromEnv, fromEnv } from '../client/connection.ts';
import { lookupSelf } from '../client/token.ts';
import { nodeAddress, type Backbone } from '../model/backbone.ts';
import { UserError } from '../user-error.ts';
import type { Finding } from './check.ts';

const health = z.object({ version: z.string(), sealed: z.boolean(), initialized: z.boolean() });

/** More than this many seconds apart, and AWS refuses signatures and TTLs stop meaning anything. */
const tolerableSkew = 60;

/** A server to look at. */
export interface OpenBaoPlace {
  readonly address: string;
  /** After the name of a check: which server, where several are looked at. */
  readonly suffix: string;
  /** Whether this shell's commands speak to it, so that the token is meant for it. */
  readonly used: boolean;
}

/**
 * The server that this shell uses, and every node of a cluster, as what is in front of them hides one
 * that is sealed. A single node with a declared `openbao.address` is looked at under that address alone.
 */
export function openbaoPlaces(env: NodeJS.ProcessEnv, backbone: Backbone): readonly OpenBaoPlace[] {
  const { nodes, address: declared } = backbone.declaration.openbao;
  const wanted = fromEnv(env, 'BAO_ADDR', 'VAULT_ADDR') ?? backbone.openbaoAddress;
  const address = wanted.replace(/\/+$/, '');
  const places = (nodes.length > 1 || declared === undefined ? nodes : []).map((node) => ({
    address: nodeAddress(node),
    suffix: ` ${node.name}`,
    used: nodeAddress(node) === address,
  }));
  const all = places.some(({ used }) => used)
    ? places
    : [{ address, suffix: '', used: true }, ...places];
  return all.length === 1 ? all.map((place) => ({ ...place, suffix: '' })) : all;
}

/** Reachability, seal state and clock of each, and the token of this shell. */
export async function checkOpenBao(places: readonly OpenBaoPlace[]): Promise<readonly Finding[]> {
  return (await Promise.all(places.map(checkPlace))).flat();
}

async function checkPlace({ address, suffix, used }: OpenBaoPlace): Promise<readonly Finding[]> {
  let answer: { readonly date: string | undefined; readonly body: string };
  try {
    const { ca } = await connectionFromEnv(process.env, address);
    answer = await look(address, ca);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return [
      {
        check: `OpenBao${suffix}`,
        verdict: 'failed',
        found,
        advice: 'is the host up, the firewall open for this address, BAO_CACERT the right CA?',
      },
    ];
  }
  return [
    { ...state(answer.body), check: `OpenBao${suffix}` },
    { ...clock(answer.date), check: `clock${suffix}` },
    ...(used ? [await token(address)] : []),
  ];
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

type Found = Omit<Finding, 'check'>;

function state(body: string): Found {
  let parsed: z.infer<typeof health>;
  try {
    parsed = health.parse(JSON.parse(body));
  } catch {
    return { verdict: 'failed', found: 'the answer is not that of OpenBao' };
  }
  const { version, sealed, initialized } = parsed;
  if (!initialized) {
    return {
      verdict: 'failed',
      found: `${version}, not initialised`,
      advice: 'its self-initialisation did not run: look at its log on the host',
    };
  }
  return sealed
    ? {
        verdict: 'failed',
        found: `${version}, sealed`,
        advice: 'is its seal key where its configuration says? See its log on the host',
      }
    : { verdict: 'ok', found: `${version}, unsealed` };
}

function clock(date: string | undefined): Found {
  const there = Date.parse(date ?? '');
  if (Number.isNaN(there)) return { verdict: 'skipped', found: 'no date was given' };
  const skew = Math.round((there - Date.now()) / 1000);
  const found = `${String(Math.abs(skew))} s apart from OpenBao`;
  return Math.abs(skew) <= tolerableSkew
    ? { verdict: 'ok', found }
    : { verdict: 'failed', found, advice: 'synchronise both clocks (NTP)' };
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
  const file = fromEnv(process.env, 'BAO_CACERT', 'VAULT_CACERT');
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.includes('BEGIN CERTIFICATE')
    ? [{ check: 'CA file', verdict: 'ok', found: file }]
    : [{ check: 'CA file', verdict: 'failed', found: file, advice: 'name a PEM certificate' }];
}
