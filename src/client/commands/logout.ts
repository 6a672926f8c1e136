import { parsed, type ClientCommand } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { readStored, removeStored } from '../login/token-store.ts';
import { OpenBaoError } from '../openbao.ts';
import { revokeSelf } from '../token.ts';

export const logout: ClientCommand = {
  help: `
Revoke the token of \`backbone login\` and remove it from this machine.

  backbone logout

Exit status: 0 nobody is logged in any more; 1 the token is removed, but could not be revoked: it ends by itself.
`,
  async run(args, env) {
    parsed(args, {}, { min: 0, max: 0 });
    const connection = connectionOf(loadContract(env), env);
    const token = await readStored(env);
    if (token === undefined) {
      process.stderr.write('backbone: nobody is logged in\n');
      return 0;
    }
    try {
      await revokeSelf({ ...connection, token });
      process.stderr.write('backbone: logged out; the token is revoked\n');
      return 0;
    } catch (error) {
      if (!(error instanceof OpenBaoError)) throw error;
      if (error.status === 403) {
        process.stderr.write('backbone: logged out; the token had ended before\n');
        return 0;
      }
      process.stderr.write(
        `backbone: the token is removed and could not be revoked: ${error.message}; it ends within the hour\n`,
      );
      return 1;
    } finally {
      await removeStored(env);
    }
  },
};
