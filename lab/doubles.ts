import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { startAwsDouble } from './aws/double.ts';
import { startProxmoxDouble } from './proxmox/double.ts';
import { readAccounts } from './unifi/accounts.ts';
import { startUnifiDouble } from './unifi/double.ts';

/** Configuration of the process that runs the doubles. Secrets are named by file. */
export const doublesConfig = z.strictObject({
  aws: z.strictObject({
    motoUrl: z.string(),
    stateDir: z.string(),
    accountId: z.string(),
    region: z.string(),
    port: z.number(),
  }),
  proxmox: z.strictObject({
    stateDir: z.string(),
    port: z.number(),
    certificateFile: z.string(),
    keyFile: z.string(),
    tokenFile: z.string(),
    nodes: z.array(z.string()),
  }),
  unifi: z.strictObject({
    stateDir: z.string(),
    port: z.number(),
    certificateFile: z.string(),
    keyFile: z.string(),
    accountsFile: z.string(),
  }),
  /** Made when all doubles answer. */
  readyFile: z.string(),
});
export type DoublesConfig = z.infer<typeof doublesConfig>;

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: doubles.ts <config.json>');
const config = doublesConfig.parse(JSON.parse(await readFile(file, 'utf8')));
const log = (line: string) => {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
};

const aws = await startAwsDouble({ ...config.aws, log });
const { certificateFile, keyFile, tokenFile, ...place } = config.proxmox;
const proxmox = await startProxmoxDouble({
  ...place,
  tls: {
    certificate: await readFile(certificateFile, 'utf8'),
    privateKey: await readFile(keyFile, 'utf8'),
  },
  token: (await readFile(tokenFile, 'utf8')).trim(),
  log,
});
const unifi = await startUnifiDouble({
  kind: 'os',
  stateDir: config.unifi.stateDir,
  port: config.unifi.port,
  accounts: await readAccounts(config.unifi.accountsFile),
  tls: {
    certificate: await readFile(config.unifi.certificateFile, 'utf8'),
    privateKey: await readFile(config.unifi.keyFile, 'utf8'),
  },
  log,
});
await writeFile(config.readyFile, '');
log(`doubles ready: AWS at ${aws.url}, Proxmox at ${proxmox.url}, UniFi at ${unifi.url}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void Promise.all([aws.close(), proxmox.close(), unifi.close()]).then(() => process.exit(0));
  });
}
