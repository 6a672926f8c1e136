import fc from 'fast-check';
import { expect } from 'vitest';
import type { Envelope } from '../delivering.ts';
import type { Report, World } from './world.ts';

/** What is true of one SecretID. */
interface SecretId {
  envelope: Envelope;
  /** Nobody opened it, and its time is not up. */
  wrapped: boolean;
  expired: boolean;
  stolen: boolean;
  /** The server would take it. */
  alive: boolean;
}

/** What is true, told apart from what anybody knows. */
export interface Model {
  latest: SecretId | undefined;
  /** What lies on the host. */
  delivered: { readonly of: SecretId; readonly rewrapped: boolean } | undefined;
  /** What the host logged in with last: it knows that again. */
  used: SecretId | undefined;
  certificate: boolean;
}

type Command = fc.AsyncCommand<Model, World>;

abstract class Step implements Command {
  abstract check(model: Readonly<Model>): boolean;
  abstract run(model: Model, world: World): Promise<void>;
  toString(): string {
    return this.constructor.name;
  }
}

class Issue extends Step {
  check(): boolean {
    return true;
  }
  async run(model: Model, world: World): Promise<void> {
    await world.issue('10m');
    model.latest = fresh(world);
  }
}

class IssueTooLate extends Step {
  check(): boolean {
    return true;
  }
  async run(model: Model, world: World): Promise<void> {
    await world.issue('1s');
    model.latest = fresh(world);
    await world.waitUntilGone(model.latest.envelope);
    Object.assign(model.latest, { wrapped: false, expired: true });
  }
}

function fresh({ latest: envelope }: World): SecretId {
  if (envelope === undefined) throw new Error('nothing was issued');
  return { envelope, wrapped: true, expired: false, stolen: false, alive: true };
}

/** Latest, where there is one in that state. */
abstract class OfLatest extends Step {
  abstract fits(latest: SecretId): boolean;
  abstract act(latest: SecretId, model: Model, world: World): Promise<void>;
  check({ latest }: Readonly<Model>): boolean {
    return latest !== undefined && this.fits(latest);
  }
  async run(model: Model, world: World): Promise<void> {
    if (model.latest !== undefined) await this.act(model.latest, model, world);
  }
}

class Deliver extends OfLatest {
  fits(): boolean {
    return true;
  }
  override check(model: Readonly<Model>): boolean {
    // The same one again is no delivery.
    return super.check(model) && model.delivered?.of !== model.latest;
  }
  async act(latest: SecretId, model: Model, world: World): Promise<void> {
    await world.deliver(latest.envelope);
    model.delivered = { of: latest, rewrapped: false };
  }
}

class Steal extends OfLatest {
  fits({ wrapped }: SecretId): boolean {
    return wrapped;
  }
  async act(latest: SecretId, _: Model, world: World): Promise<void> {
    await world.steal(latest.envelope);
    Object.assign(latest, { wrapped: false, stolen: true });
  }
}

class DeliverRewrapped extends OfLatest {
  fits({ stolen }: SecretId): boolean {
    return stolen;
  }
  async act(latest: SecretId, model: Model, world: World): Promise<void> {
    await world.deliver(await world.rewrap(latest.envelope));
    model.delivered = { of: latest, rewrapped: true };
  }
}

class UseStolen extends OfLatest {
  fits({ stolen }: SecretId): boolean {
    return stolen;
  }
  async act(latest: SecretId, _: Model, world: World): Promise<void> {
    expect(await world.useStolen(latest.envelope)).toBe(latest.alive);
    latest.alive = false;
  }
}

/** The right verdict, from what is true. */
function right({ delivered, used, certificate }: Model): Partial<Report> {
  if (delivered === undefined || (delivered.of === used && !delivered.rewrapped)) {
    return certificate
      ? { verdict: 'delivered', credential: 'certificate' }
      : { verdict: 'never-arrived' };
  }
  if (delivered.rewrapped) return { verdict: 're-wrapped' };
  const { wrapped, expired, alive } = delivered.of;
  if (expired) return { verdict: 'expired' };
  if (!wrapped) return { verdict: 'intercepted' };
  return alive ? { verdict: 'delivered', credential: 'secret-id' } : { verdict: 'refused' };
}

class Boot extends Step {
  check(): boolean {
    return true;
  }
  async run(model: Model, world: World): Promise<void> {
    const expected = right(model);
    const { report } = await world.boot();
    expect(report).toMatchObject(expected);
    if (expected.credential === 'secret-id') {
      model.certificate = true;
      model.used = model.delivered?.of;
    }
    if (model.delivered === undefined || expected.verdict === 're-wrapped') return;
    // Opened, or found open: it is over, and taken away.
    if (model.delivered.of.wrapped) {
      Object.assign(model.delivered.of, { wrapped: false, alive: false });
    }
    model.delivered = undefined;
  }
}

class Crash extends Step {
  readonly #step: number;
  constructor(step: number) {
    super();
    this.#step = step;
  }
  check(): boolean {
    return true;
  }
  override toString(): string {
    return `Crash(${String(this.#step)})`;
  }
  async run(model: Model, world: World): Promise<void> {
    const expected = right(model);
    const { killed, report } = await world.boot(this.#step);
    if (!killed) expect(report).toMatchObject(expected);
    // How far it came is the world's to tell.
    const { delivered } = model;
    model.certificate = world.hasCertificate;
    if (delivered === undefined) return;
    const was = delivered.of.wrapped;
    if (!delivered.rewrapped) {
      delivered.of.wrapped = await world.isWrapped(delivered.of.envelope);
      if (was) delivered.of.alive &&= await world.isAlive(delivered.of.envelope);
    }
    const opened = was && !delivered.of.wrapped;
    if (opened && (await world.lastPhase()) === 'used') model.used = delivered.of;
    if (!world.isDelivered) model.delivered = undefined;
  }
}

class Sweep extends Step {
  check(): boolean {
    return true;
  }
  async run(model: Model, world: World): Promise<void> {
    await world.sweep();
    expect(await world.stolenAndAlive()).toEqual([]);
    for (const one of [model.latest, model.delivered?.of]) if (one !== undefined) one.alive = false;
  }
}

/** What makes others possible is drawn more often. */
export function protocolCommands(maxCommands: number) {
  const often = (times: number, command: fc.Arbitrary<Command>) =>
    Array.from({ length: times }, () => command);
  return fc.commands(
    [
      ...often(2, fc.constant(new Issue())),
      ...often(5, fc.constant(new Deliver())),
      ...often(5, fc.constant(new Boot())),
      ...often(2, fc.constant(new Steal())),
      ...often(2, fc.constant(new DeliverRewrapped())),
      ...often(2, fc.constant(new UseStolen())),
      ...often(1, fc.constant(new IssueTooLate())),
      ...often(
        3,
        fc.integer({ min: 1, max: 45 }).map((step) => new Crash(step)),
      ),
      ...often(2, fc.constant(new Sweep())),
    ],
    { maxCommands, size: 'max' },
  );
}

/** Without one, most of the rest cannot be. */
export function begin(model: Model, world: World): Promise<void> {
  return new Issue().run(model, world);
}

/** Each ends the same way: the sweep, and a start of the host. */
export async function finish(model: Model, world: World): Promise<void> {
  await new Sweep().run(model, world);
  await new Boot().run(model, world);
}
