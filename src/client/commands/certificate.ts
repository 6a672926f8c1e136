import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { object, text } from '../../contract/shape.ts';
import { UsageError } from '../../usage-error.ts';
import { UserError } from '../../user-error.ts';
import { certificateRequest } from '../certificate/csr.ts';
import { ensurePrivate, writeWhole } from '../certificate/state.ts';
import { parsed, type ClientCommand } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { loadContract } from '../contract-file.ts';
import { choose } from '../engines/choose.ts';
import { findIdentity } from '../identity/find.ts';
import { call, OpenBaoError } from '../openbao.ts';

export const certificate: ClientCommand = {
  help: `
Have a certificate of a service signed, for a key that is made here.

usage: backbone certificate [<role>] --out <directory> [--name <host name>]

Writes <name>.pem (0600: the key, its certificate and the CA, in one rename) and ca.pem. Run again, by a timer, it
makes a new key and certificate in their places. Logging in to OpenBao is not possible with it.

  --name <host name>   which of the granted names; default: the only one

exit status: 0 written; 1 could not: nothing was changed

example: backbone certificate web --name web-1.example.net --out /etc/nginx/tls
`,
  async run(args, env) {
    const { values, words } = parsed(
      args,
      { out: { type: 'string' }, name: { type: 'string' } },
      { min: 0, max: 1 },
    );
    if (values.out === undefined) throw new UsageError('--out <directory> is missing');
    const contract = loadContract(env);
    const granted = contract.engines?.certificates ?? [];
    const role = choose(granted, 'certificates', (one) => one.role, words[0]);
    const name = choose(role.domains, 'names', (one) => one, values.name);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const open = await findIdentity({ env, contract }).open(connectionOf(contract, env));
    let signed: string;
    let authority: string;
    try {
      const answer = await call(open.connection, {
        method: 'POST',
        path: role.path,
        body: { csr: certificateRequest(name, privateKey) },
      });
      if (answer === undefined) {
        throw new OpenBaoError(`there is nothing at ${role.path}: is the stack engines deployed?`);
      }
      const data = object(answer.data, role.path);
      signed = text(data, 'certificate').trim();
      authority = text(data, 'issuing_ca').trim();
    } finally {
      await open.close();
    }
    const leaf = new X509Certificate(signed);
    if (!leaf.checkPrivateKey(privateKey) || leaf.subjectAltName !== `DNS:${name}`) {
      throw new UserError(
        'the certificate that came back is not for this key and name: not written',
      );
    }
    ensurePrivate(values.out);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim();
    const file = join(values.out, `${name}.pem`);
    writeWhole(join(values.out, 'ca.pem'), `${authority}\n`);
    writeWhole(file, `${key}\n${signed}\n${authority}\n`);
    process.stdout.write(`${file}: until ${new Date(leaf.validTo).toISOString()}\n`);
    return 0;
  },
};
