import { constants } from 'node:os';
import { UsageError } from '../../usage-error.ts';
import { bootstrapOptions, bootstrapOptionsHelp, hostOf } from '../bootstrap/options.ts';
import { parsed, splitCommand, type ClientCommand } from '../command.ts';
import { loadContract } from '../contract-file.ts';
import { infisicalUses } from '../run/infisical.ts';
import { run as start } from '../run/run.ts';
import { parseTemplate } from '../run/templates.ts';

export const run: ClientCommand = {
  help: `
Lets this host's consumer in if needed, and runs a command with what it is granted

usage: backbone run [options] -- <command> [arguments]

The command gets the fields of granted secrets as environment variables, and AWS_CONFIG_FILE with a profile for
each granted AWS role (AWS_PROFILE where it is one), whose sessions are fetched when they are needed. A consumer
that Infisical knows gets an access token of Infisical. It gets no token of OpenBao. Signals are passed on; the token is renewed, and replaced by a login with the certificate.

  --template IN:OUT    writes OUT (0600) from the template IN while the command runs; a placeholder is a secret
                       and its field, as in {{ unifi/tofu.password }}; may be repeated
  --reload SIGNAL      sends the command this signal, such as HUP, when a value changed or the token is another
  --poll SECONDS       longest pause between two looks at the values (default: by the life of the token)
  --infisical HOW      token: INFISICAL_TOKEN, and in INFISICAL_TOKEN_FILE a file that always has the token of the
                       moment, given up when the command ends (default); env: the secrets of the granted folders
                       as variables, read once; off: neither. Never the login itself
  --no-github          no GH_TOKEN, which a consumer with one context of GitHub gets from the broker: for an hour,
                       given up when the command ends
  --with-token         gives the command BAO_TOKEN as well, and in BAO_TOKEN_FILE a file that always has the
                       token of the moment
  --allow-disk         lets secrets lie in files that are not in memory
${bootstrapOptionsHelp}

exit status: that of the command (128 and the number of the signal that ended it); without a command started,
that of the verdict (see backbone bootstrap --help), 127 there is no such command, 126 it cannot be run, or 1
example: backbone run --template unpoller.tmpl:/run/unpoller/config.json --reload HUP -- unpoller
`,
  run: async (args, env) => {
    const { own, command } = splitCommand(args);
    const { values } = parsed(
      own,
      {
        ...bootstrapOptions,
        template: { type: 'string', multiple: true },
        reload: { type: 'string' },
        poll: { type: 'string' },
        infisical: { type: 'string' },
        'no-github': { type: 'boolean' },
        'with-token': { type: 'boolean' },
        'allow-disk': { type: 'boolean' },
      },
      { min: 0, max: 0 },
    );
    if (command.length === 0) throw new UsageError('a command is missing: put it after --');
    const { template = [], reload, poll } = values;
    const infisical = infisicalUses.find((use) => use === (values.infisical ?? 'token'));
    if (infisical === undefined) {
      throw new UsageError(`--infisical takes one of ${infisicalUses.join(', ')}`);
    }
    return start({
      host: hostOf(values, loadContract(env), env),
      command,
      templates: template.map(parseTemplate),
      ...(reload === undefined ? {} : { reload: signal(reload) }),
      ...(poll === undefined ? {} : { poll: seconds(poll) }),
      infisical,
      github: values['no-github'] !== true,
      withToken: values['with-token'] === true,
      allowDisk: values['allow-disk'] === true,
    });
  },
};

function signal(name: string): NodeJS.Signals {
  const full = name.startsWith('SIG') ? name : `SIG${name}`;
  if (!Object.hasOwn(constants.signals, full))
    throw new UsageError('--reload takes a signal, as HUP');
  return full as NodeJS.Signals;
}

function seconds(value: string): number {
  if (!/^\d{1,6}$/.test(value) || value === '0') {
    throw new UsageError('--poll takes a whole number of seconds');
  }
  return Number(value);
}
