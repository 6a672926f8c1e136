import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../usage-error.ts';
import { writeWhole } from '../certificate/state.ts';
import { parsed, splitCommand, type ClientCommand } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { startChild } from '../child/start.ts';
import { choose } from '../engines/choose.ts';
import { connectDatabase } from '../engines/connect-database.ts';
import { dropUser, makeUser, renewUser } from '../engines/database-user.ts';
import { keepDoing } from '../engines/keep-doing.ts';
import { childEnvironment } from '../exec/child-environment.ts';
import { findIdentity } from '../identity/find.ts';
import type { Place } from '../identity/source.ts';
import { hiddenLine } from '../login/hidden-line.ts';
import { privateDirectory } from '../run/memory.ts';

export const db: ClientCommand = {
  help: `
Run a program as a user of a database that is made for it, and removed when it ends.

usage: backbone db [<database>/<role>] [--allow-disk] -- <command> [arguments]
       backbone db connect [<database>]

The program gets PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD and PGSSLMODE=verify-full (with PGSSLROOTCERT where
the database has a CA of its own), which psql and every driver read. The user is kept up while the program runs,
as long as the token of OpenBao can be (an hour at most), and is gone, with its sessions, when it ends.

connect gives OpenBao the password of the role that makes users, read from stdin or asked for, which OpenBao then
changes to one that nobody knows. For operators, once.

  --allow-disk   lets the CA certificate lie in a directory that is not in memory

exit status: that of the program, 128 + n where signal n ended it; 126 it cannot be run, 127 there is none;
1 no user could be made: nothing was started

example: backbone db inventory/reader -- psql -c 'select count(*) from hosts'
`,
  async run(args, env) {
    const { own, command } = splitCommand(args);
    const { values, words } = parsed(
      own,
      { 'allow-disk': { type: 'boolean', default: false } },
      { min: 0, max: 2 },
    );
    const contract = loadContract(env);
    const place = { env, contract };
    if (words[0] === 'connect' && command.length === 0) return connect(place, words[1]);
    if (words.length > 1) throw new UsageError('one <database>/<role> is enough');
    if (command.length === 0) throw new UsageError('a command is missing after --');
    const wanted = choose(
      contract.engines?.databases ?? [],
      'users of databases',
      ({ name, role }) => `${name}/${role}`,
      words[0],
    );
    const directory = privateDirectory(env, values['allow-disk']);
    const open = await findIdentity(place).open(connectionOf(contract, env));
    try {
      const user = await makeUser(open.connection, wanted);
      const variables = {
        PGHOST: wanted.host,
        PGPORT: String(wanted.port),
        PGDATABASE: wanted.database,
        PGUSER: user.username,
        PGPASSWORD: user.password,
        PGSSLMODE: 'verify-full',
        ...authority(directory, wanted.caCertificate),
      };
      const renew = () => renewUser(open.connection, wanted, user);
      const stop = keepDoing(renew, user.ttl / 3, 'more time for the database user');
      try {
        const child = await startChild(command, childEnvironment(env, undefined, variables));
        return await child.ended;
      } finally {
        stop();
        await dropUser(open.connection, wanted, user).catch((error: unknown) => {
          const why = (error as Error).message;
          process.stderr.write(`backbone: the database user ends by itself: ${why}\n`);
        });
      }
    } finally {
      await open.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

/** libpq knows no CA as text, only a file (PostgreSQL documentation, "Environment Variables"). */
function authority(directory: string, ca: string | undefined): Readonly<Record<string, string>> {
  if (ca === undefined) return { PGSSLROOTCERT: 'system' };
  const file = join(directory, 'ca.pem');
  writeWhole(file, ca);
  return { PGSSLROOTCERT: file };
}

async function connect(place: Place, name: string | undefined): Promise<number> {
  const { env, contract } = place;
  const database = choose(
    contract.engines?.connections ?? [],
    'connections of databases',
    (one) => one.name,
    name,
  );
  const password = await hiddenLine(
    `password of ${database.username} in ${database.name}: `,
    'nothing is connected',
  );
  const open = await findIdentity(place).open(connectionOf(contract, env));
  try {
    await connectDatabase(open.connection, database, password);
  } finally {
    await open.close();
  }
  process.stderr.write(
    `backbone: OpenBao is connected to ${database.name}, and ${database.username} has a password that only ` +
      'OpenBao knows\n',
  );
  return 0;
}
