import { UserError } from '../../../user-error.ts';
import { UsageError } from '../../../usage-error.ts';
import { parsed, splitCommand } from '../../command.ts';
import { loadContract } from '../../contract-file.ts';
import { startChild } from '../../child/start.ts';
import { consumerEnv } from '../../issuer/consumer-env.ts';
import { checkWay, deliver, type Way } from '../../issuer/deliver.ts';
import { consumerOf, mint, secondsOf, wrapLife, type Delivery } from '../../issuer/mint.ts';
import { asIssuer } from '../../issuer/open.ts';
import type { Issuer } from '../../issuer/sweep.ts';
import { withdraw } from '../../issuer/withdraw.ts';

const options = {
  out: { type: 'string' },
  'token-file': { type: 'string' },
  'role-id-file': { type: 'string' },
  fd: { type: 'string' },
  'wrap-ttl': { type: 'string' },
  'arrive-within': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** `backbone secret-id issue`. */
export async function issue(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { own, command } = splitCommand(args);
  const { values, words } = parsed(own, options, { min: 1, max: 1 });
  const [consumer = ''] = words;
  const way = wayOf(values, command);
  if (way !== undefined) checkWay(way);
  const contract = loadContract(env);
  consumerOf(contract, consumer);
  const duration = (name: 'wrap-ttl' | 'arrive-within') => {
    const given = values[name];
    return given === undefined ? undefined : secondsOf(name, given);
  };
  const wrapTtl = wrapLife(contract, duration('wrap-ttl'));
  const arriveWithin = duration('arrive-within') ?? wrapTtl;

  const child = await asIssuer(env, async (issuer) => {
    const delivery = await mint(issuer.connection, contract, issuer.ledger, {
      consumer,
      wrapTtl,
      arriveWithin,
    });
    const started = await handOver(issuer, delivery, way, command);
    const { accessor, expires } = delivery;
    if (values.json) process.stdout.write(`${JSON.stringify({ consumer, accessor, expires })}\n`);
    else process.stderr.write(`${consumer}: issued until ${expires}, accessor ${accessor}\n`);
    return started;
  });
  return child === undefined ? 0 : child.ended;
}

async function handOver(
  issuer: Issuer,
  delivery: Delivery,
  way: Way | undefined,
  command: readonly string[],
) {
  try {
    if (way === undefined) {
      return await startChild(command, consumerEnv(issuer.env, issuer.contract, delivery));
    }
    deliver(delivery, way);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await withdraw(issuer, delivery.accessor, 'it could not be handed over');
    throw error;
  }
}

type Values = Readonly<Partial<Record<'out' | 'token-file' | 'role-id-file' | 'fd', string>>>;

/** @returns undefined for a command */
function wayOf(values: Values, command: readonly string[]): Way | undefined {
  const { out, fd, 'token-file': tokenFile, 'role-id-file': roleIdFile } = values;
  const ways: Way[] = [];
  if (out !== undefined) ways.push({ kind: 'envelope', file: out });
  if (tokenFile !== undefined) {
    ways.push({
      kind: 'token',
      file: tokenFile,
      ...(roleIdFile === undefined ? {} : { roleIdFile }),
    });
  }
  if (fd !== undefined) {
    if (!/^\d{1,4}$/.test(fd)) throw new UsageError('--fd takes the number of an open descriptor');
    ways.push({ kind: 'descriptor', descriptor: Number(fd) });
  }
  if (roleIdFile !== undefined && tokenFile === undefined) {
    throw new UsageError('--role-id-file goes with --token-file');
  }
  if (ways.length + Math.min(1, command.length) !== 1) {
    throw new UsageError(
      'one way to hand it over: --out, --token-file, --fd, or a command after --',
    );
  }
  return ways[0];
}
