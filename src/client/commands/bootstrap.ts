import { UsageError } from '../../usage-error.ts';
import { conclude } from '../bootstrap/conclude.ts';
import { bootstrapOptions, bootstrapOptionsHelp, hostOf } from '../bootstrap/options.ts';
import { ownConsumer } from '../certificate/consumer.ts';
import { writeWhole } from '../certificate/state.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { loadContract } from '../contract-file.ts';
import { revokeSelf } from '../token.ts';
import { verdicts } from '../verdict.ts';

export const bootstrap: ClientCommand = {
  help: `
Lets this host's consumer in by a delivered SecretID or its certificate, and ends with one verdict

usage: backbone bootstrap [--token-file FILE | --fd N] [--role-id-file FILE] [--sink FILE]
                          [--wait SECONDS] [--json]

Takes the wrapping token from the option, else from the systemd credential backbone-secret-id, else from
BAO_WRAPPED_SECRET_ID, else from the file backbone-secret-id of a NoCloud seed. Looks it up, opens it if the
issuer made it for this consumer, logs in, and has a certificate signed for a key that is made here. Without a
new token, logs in by that certificate, and renews it after two thirds of its life.

${bootstrapOptionsHelp}
  --sink FILE          writes the OpenBao token there (0600) instead of giving it up at the end
  --json               one line of JSON on stdout, beside the line for people on stderr

exit status: 0 delivered, 41 intercepted, 42 expired, 43 re-wrapped, 44 wrong-path, 45 never-arrived,
46 unreachable, 47 cloned, 48 refused; 1 something on this host is wrong, and nothing was judged
example: backbone bootstrap --token-file /run/backbone/secret-id
`,
  run: async (args, env) => {
    const { values } = parsed(
      args,
      { ...bootstrapOptions, sink: { type: 'string' }, json: { type: 'boolean' } },
      { min: 0, max: 0 },
    );
    const contract = loadContract(env);
    const { certificate } = ownConsumer(contract);
    if (certificate === undefined && values.sink === undefined) {
      throw new UsageError(
        'this consumer is to have no certificate, so that the token that it gets would be lost: name a file for ' +
          'it with --sink, or use `backbone run -- <command>`',
      );
    }
    const host = hostOf(values, contract, env);
    const { verdict, session, report } = await conclude(host);
    if (session !== undefined) {
      const { connection } = session;
      if (values.sink !== undefined) writeWhole(values.sink, `${connection.token ?? ''}\n`);
      else {
        await revokeSelf(connection).catch(() => {
          host.say('the token could not be given up; it ends by itself');
        });
      }
    }
    if (values.json === true) process.stdout.write(`${JSON.stringify(report)}\n`);
    return verdicts[verdict.name];
  },
};
