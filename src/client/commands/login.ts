import { spawn } from 'node:child_process';
import { platform } from 'node:os';
import type { Contract } from '../../contract/contract.ts';
import { UserError } from '../../user-error.ts';
import { UsageError } from '../../usage-error.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { connectionOf, fromEnv } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { hiddenLine } from '../login/hidden-line.ts';
import { loginOidc } from '../login/oidc.ts';
import { fileStore, keychainStore, readStored } from '../login/token-store.ts';
import { loginUserpass, type Login } from '../login/userpass.ts';
import type { Connection } from '../openbao.ts';
import { revokeSelf } from '../token.ts';

const options = {
  user: { type: 'string' },
  keychain: { type: 'boolean', default: false },
  port: { type: 'string', default: '8250' },
  'no-browser': { type: 'boolean', default: false },
} as const;

export const login: ClientCommand = {
  help: `
Log in as an operator, for an hour at most.

  backbone login [--user <name>] [--keychain]
  backbone login [--port <number>] [--no-browser] [--keychain]     where single sign-on is declared

Which of the two, the contract says. The password is asked for without echo; where there is no terminal it is the first
line of stdin. It is never an argument. The token is kept in $XDG_STATE_HOME/credential-backbone/token (0600); the
other commands find it there.

  --user <name>    operator's name; default BACKBONE_USER, then USER
  --port <number>  single sign-on: port on this machine where the browser comes back to (default 8250, 0: any)
  --no-browser     single sign-on: only show the address
  --keychain       keep the token in the keychain instead (macOS: security, Linux: secret-tool)

Exit status: 0 logged in; 1 not.

Example: backbone login --user alice
`,
  async run(args, env) {
    const { values } = parsed(args, options, { min: 0, max: 0 });
    const contract = loadContract(env);
    const connection = connectionOf(contract, env);
    const store = values.keychain ? keychainStore(env) : fileStore(env);
    const before = await readStored(env).catch(() => undefined);
    const { token, ttl } =
      contract.logins.operator.kind === 'oidc'
        ? await singleSignOn(connection, contract, values)
        : await byPassword(connection, contract, values.user, env);
    if (ttl > longest) {
      await revokeSelf({ ...connection, token });
      throw new UserError(
        `OpenBao gave a token for ${String(ttl)} s, and an operator's lives an hour at most: revoked. ` +
          'Deploy the stack openbao, which sets that limit',
      );
    }
    await store.write(token);
    // The one before is not found by anybody any more; it may have ended by itself.
    if (before !== undefined)
      await revokeSelf({ ...connection, token: before }).catch(() => undefined);
    process.stderr.write(
      `backbone: logged in for ${String(Math.floor(ttl / 60))} min; the token is in ${store.described}\n`,
    );
    return 0;
  },
};

/** Seconds. */
const longest = 3600;

function byPassword(
  connection: Connection,
  contract: Contract,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Login> {
  const user = named ?? fromEnv(env, 'BACKBONE_USER', 'USER');
  if (user === undefined) throw new UsageError('--user is missing');
  if (!/^[\w.@-]{1,128}$/.test(user)) throw new UsageError('--user takes the name of an operator');
  return hiddenLine(`Password of ${user}: `, 'nobody is logged in').then((given) =>
    loginUserpass(connection, contract.logins.operator.mount, user, given),
  );
}

function singleSignOn(
  connection: Connection,
  contract: Contract,
  values: { readonly port: string; readonly 'no-browser': boolean },
): Promise<Login> {
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) {
    throw new UsageError('--port takes a port number');
  }
  return loginOidc(connection, contract.logins.operator.mount, {
    port,
    wait: 300,
    show: (url) => {
      process.stderr.write(`backbone: log in at ${url}\n`);
      if (!values['no-browser'] && process.stderr.isTTY) openBrowser(url);
    },
  });
}

/** The address is shown as well, so that a machine without a browser loses nothing. */
function openBrowser(url: string): void {
  const opener = spawn(platform() === 'darwin' ? 'open' : 'xdg-open', [url], {
    stdio: 'ignore',
    detached: true,
  });
  opener.once('error', () => undefined);
  opener.unref();
}
