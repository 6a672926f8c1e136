import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEnvelope, isAlive, letBeLate, logIn, unwrap } from '../../acts.ts';
import { addresses, type Deployed } from '../../deployed.ts';
import { isAlive as isSecretIdAlive, type Envelope } from '../delivering.ts';

/** The real thing of one run: a consumer's host, an issuer, a thief, all at one OpenBao. */
export class World {
  readonly #deployed: Deployed;
  readonly #home: string;
  readonly #tokens: { readonly issuer: string; readonly responder: string };
  readonly #stolen: { readonly of: Envelope; readonly secretId: string }[] = [];
  readonly #thiefTokens: string[] = [];
  #issued = 0;
  /** Of all starts. */
  readonly verdicts: string[] = [];
  latest: Envelope | undefined;

  constructor(
    deployed: Deployed,
    home: string,
    tokens: { readonly issuer: string; readonly responder: string },
  ) {
    this.#deployed = deployed;
    this.#home = home;
    this.#tokens = tokens;
  }

  get #delivery(): string {
    return join(this.#home, 'delivery');
  }

  get #alarms(): string {
    return join(this.#home, 'consumer', 'alarms');
  }

  /** @param life  of the wrapping, e.g. `5m` */
  async issue(life: string): Promise<void> {
    this.#issued += 1;
    const out = join(this.#home, `issued-${String(this.#issued)}`);
    const outcome = await this.#deployed.bundle(
      ['secret-id', 'issue', 'unpoller', '--out', out, '--wrap-ttl', life],
      this.#as('issuer'),
    );
    if (outcome.exitCode !== 0) throw new Error(outcome.stderr);
    this.latest = await readEnvelope(out);
  }

  async waitUntilGone(envelope: Envelope): Promise<void> {
    while (await this.isWrapped(envelope)) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  deliver(envelope: Envelope): Promise<void> {
    return writeFile(this.#delivery, JSON.stringify(envelope), { mode: 0o600 });
  }

  get isDelivered(): boolean {
    return existsSync(this.#delivery);
  }

  get hasCertificate(): boolean {
    return existsSync(join(this.#home, 'consumer', 'client.pem'));
  }

  /** Whether the host knows that it has used what lies there. */
  async lastPhase(): Promise<string | undefined> {
    const text = await readFile(join(this.#home, 'consumer', 'delivery.json'), 'utf8').catch(
      () => '{}',
    );
    return (JSON.parse(text) as { phase?: string }).phase;
  }

  async isWrapped({ wrapping_token: token }: Envelope): Promise<boolean> {
    const { status } = await this.#deployed.ask({
      method: 'POST',
      path: 'sys/wrapping/lookup',
      token: undefined,
      body: { token },
    });
    return status === 200;
  }

  isAlive(envelope: Envelope): Promise<boolean> {
    return isSecretIdAlive(this.#deployed, envelope);
  }

  async steal(envelope: Envelope): Promise<void> {
    const secretId = await unwrap(this.#deployed, envelope.wrapping_token, addresses.thief);
    this.#stolen.push({ of: envelope, secretId });
  }

  /** The thief makes a wrapping of his own, so that the consumer finds one. */
  async rewrap(envelope: Envelope): Promise<Envelope> {
    const stolen = this.#stolen.find(({ of }) => of.accessor === envelope.accessor);
    const { wrap_info } = await this.#deployed.admin(
      'POST',
      'sys/wrapping/wrap',
      { secret_id: stolen?.secretId, secret_id_accessor: envelope.accessor, secret_id_ttl: 600 },
      { wrap: '5m' },
    );
    return { ...envelope, wrapping_token: (wrap_info as { token: string }).token };
  }

  /**
   * The thief tries what he has, at the consumer's own address, where it is good.
   *
   * @returns whether he got in with it
   */
  async useStolen(envelope: Envelope): Promise<boolean> {
    const stolen = this.#stolen.find(({ of }) => of.accessor === envelope.accessor);
    if (stolen === undefined) throw new Error('nothing was stolen');
    try {
      const from = addresses.unpoller;
      const { token } = await logIn(this.#deployed, envelope.role_id, stolen.secretId, from);
      this.#thiefTokens.push(token);
      return true;
    } catch {
      return false;
    }
  }

  /** A start of the host; killed before that step, where one is given. */
  async boot(killAt?: number): Promise<{ readonly killed: boolean; readonly report: Report }> {
    const outcome = await this.#deployed.bundle(
      ['bootstrap', '--json', '--wait', '0', '--token-file', this.#delivery],
      {
        home: this.#home,
        consumer: 'unpoller',
        localAddress: addresses.unpoller,
        env:
          killAt === undefined
            ? {}
            : {
                NODE_OPTIONS: `--import ${new URL('../../certificate/killing.mjs', import.meta.url).href}`,
                KILL_AT: String(killAt),
                STEPS: join(this.#home, 'steps'),
              },
      },
    );
    const killed = outcome.signal === 'SIGKILL';
    const report = (killed ? {} : JSON.parse(outcome.stdout)) as Report;
    if (!killed) this.verdicts.push(report.verdict);
    return { killed, report };
  }

  /** The issuer's sweep, after the time of everything; and the answer to what it calls intercepted. */
  async sweep(): Promise<void> {
    if (this.#issued === 0) return;
    await letBeLate(this.#home);
    await mkdir(this.#alarms, { recursive: true, mode: 0o700 });
    const swept = await this.#deployed.bundle(
      ['secret-id', 'sweep', '--json', '--spool', this.#alarms],
      this.#as('issuer'),
    );
    if (swept.exitCode !== 0 && swept.exitCode !== 2) throw new Error(swept.stderr);
    const results = JSON.parse(swept.stdout) as { accessor: string; result: string }[];
    for (const { accessor, result } of results) {
      if (result !== 'intercepted') continue;
      const audit = ['--audit', this.#deployed.server.auditLogs[0]];
      const answered = await this.#deployed.bundle(
        ['incident', accessor, ...audit],
        this.#as('responder'),
      );
      if (answered.exitCode !== 0) throw new Error(answered.stderr);
    }
    await rm(this.#alarms, { recursive: true, force: true });
  }

  /** What a thief could still use. */
  async stolenAndAlive(): Promise<readonly string[]> {
    const alive: string[] = [];
    for (const { of } of this.#stolen) if (await this.isAlive(of)) alive.push(of.accessor);
    for (const token of this.#thiefTokens) {
      if (await isAlive(this.#deployed, token, addresses.unpoller)) alive.push('a token');
    }
    return alive;
  }

  #as(who: 'issuer' | 'responder') {
    return {
      home: this.#home,
      env: { BAO_TOKEN: this.#tokens[who] },
      localAddress: addresses[who],
    };
  }
}

export interface Report {
  readonly verdict: string;
  readonly credential?: string;
  readonly why: string;
}
