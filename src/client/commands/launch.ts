import { UserError } from '../../user-error.ts';
import { UsageError } from '../../usage-error.ts';
import { actAs } from '../act-as.ts';
import { parsed, splitCommand, type ClientCommand } from '../command.ts';
import { fromEnv } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { answerIfAllowed } from '../incident/answer.ts';
import { startChild, type Child } from '../child/start.ts';
import { consumerEnv } from '../issuer/consumer-env.ts';
import { watchArrival } from '../issuer/launch.ts';
import { openLedger } from '../issuer/ledger.ts';
import { consumerOf, mint, secondsOf, wrapLife, type Delivery } from '../issuer/mint.ts';
import { readSpool } from '../issuer/spool.ts';
import { type Issuer } from '../issuer/sweep.ts';
import { withdraw } from '../issuer/withdraw.ts';
import { isInterception, verdicts, type Verdict } from '../verdict.ts';

export const launch: ClientCommand = {
  help: `
Start a consumer with a wrapped SecretID in its environment, and wait for its arrival.

  backbone launch <consumer> [options] -- command [arguments]

The command gets, and only it: BAO_WRAPPED_SECRET_ID, BAO_ROLE_ID, BAO_SECRET_ID_ACCESSOR,
BAO_WRAPPED_SECRET_ID_EXPIRES, BAO_ADDR and BAO_CACERT; the issuer's own credentials are taken out. For a
container, name the variables without values: docker run -e BAO_WRAPPED_SECRET_ID -e BAO_ROLE_ID ...

When the consumer does not confirm its arrival (\`backbone bootstrap\` or \`backbone run\` does it), its SecretID is
destroyed and the alarm raised: on stderr, in the system's log, and at BACKBONE_ALARM_URL by POST.

  --wait <duration>      time to arrive; default 60s
  --wrap-ttl <duration>  life of the wrapping; default 5m, within the contract's bounds
  --spool <directory>    where the consumer leaves its records; it is told by BACKBONE_ALARMS

Exit status: the command's (128 and the number of the signal that ended it); where that is 0 although the
credential did not arrive: 41 intercepted, 42 expired, 43 re-wrapped, 44 wrong path, 45 never arrived,
46 unreachable. 1: not started.

Example: backbone launch terraform-agent -- docker run --rm -e BAO_WRAPPED_SECRET_ID -e BAO_ROLE_ID \\
           -e BAO_SECRET_ID_ACCESSOR -e BAO_WRAPPED_SECRET_ID_EXPIRES -e BAO_ADDR agent-image
`,
  async run(args, env) {
    const { own, command } = splitCommand(args);
    const { values, words } = parsed(
      own,
      {
        wait: { type: 'string', default: '60s' },
        'wrap-ttl': { type: 'string' },
        spool: { type: 'string' },
      },
      { min: 1, max: 1 },
    );
    if (command.length === 0) throw new UsageError('there is no command after --');
    const [consumer = ''] = words;
    const wait = secondsOf('wait', values.wait);
    const contract = loadContract(env);
    consumerOf(contract, consumer);
    const given = values['wrap-ttl'];
    const wrapTtl = wrapLife(
      contract,
      given === undefined ? undefined : secondsOf('wrap-ttl', given),
    );
    const spool = values.spool ?? fromEnv(env, 'BACKBONE_ALARMS');

    if (spool !== undefined) readSpool(spool);

    const identity = await actAs('secret-id-issuer', contract, env);
    const issuer = { connection: identity.connection, contract, env, ledger: openLedger(env) };
    let child: Child;
    let accessor: string;
    let verdict: Verdict;
    try {
      const order = { consumer, wrapTtl, arriveWithin: wait };
      const delivery = await mint(issuer.connection, contract, issuer.ledger, order);
      ({ accessor } = delivery);
      child = await started(issuer, delivery, command, spool);
      verdict = await watchArrival(issuer, delivery, child, { wait, spool });
    } finally {
      // The child may run for hours; the issuer's token does not wait for its end.
      await identity.close();
    }
    if (isInterception(verdict)) await answerIfAllowed(env, accessor);
    const status = await child.ended;
    return status === 0 ? verdicts[verdict] : status;
  },
};

/** A consumer that cannot be started gets nothing: its SecretID is destroyed. */
async function started(
  issuer: Issuer,
  delivery: Delivery,
  command: readonly string[],
  spool: string | undefined,
): Promise<Child> {
  const env = consumerEnv(issuer.env, issuer.contract, delivery);
  try {
    return await startChild(command, {
      ...env,
      ...(spool === undefined ? {} : { BACKBONE_ALARMS: spool }),
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await withdraw(issuer, delivery.accessor, 'the command could not be started');
    throw error;
  }
}
