import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { startAwsDouble } from './aws/double.ts';
import { startInfisicalDouble } from './infisical/double.ts';
import { startGithubDouble } from './github/double.ts';
import { place as githubPlace } from './github/state.ts';
import { bootingRuntime } from './proxmox/booting.ts';
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
    /** For containers: the same by TLS. */
    tls: z
      .strictObject({
        ...{ host: z.string(), port: z.number() },
        ...{ certificateFile: z.string(), keyFile: z.string() },
      })
      .optional(),
  }),
  proxmox: z.strictObject({
    stateDir: z.string(),
    port: z.number(),
    host: z.string(),
    certificateFile: z.string(),
    keyFile: z.string(),
    tokenFile: z.string(),
    nodes: z.array(z.string()),
    /** Where containers are booted. Without it, none is. */
    hosts: z.strictObject({ directory: z.string(), anchorsFile: z.string() }).optional(),
  }),
  /** Absent where the declaration has no Infisical. */
  infisical: z
    .strictObject({
      stateDir: z.string(),
      port: z.number(),
      certificateFile: z.string(),
      keyFile: z.string(),
      administratorFile: z.string(),
      organizationId: z.string(),
      plan: z.enum(['free', 'pro']),
      connections: z.array(z.string()),
    })
    .optional(),
  /** Absent where the declaration has no GitHub. */
  github: z
    .strictObject({
      ...{ stateDir: z.string(), port: z.number() },
      ...{ certificateFile: z.string(), keyFile: z.string(), publicKeyFile: z.string() },
      place: githubPlace.omit({ publicKeys: true }),
    })
    .optional(),
  unifi: z.strictObject({
    stateDir: z.string(),
    port: z.number(),
    host: z.string(),
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

const pair = async (files: { readonly certificateFile: string; readonly keyFile: string }) => ({
  certificate: await readFile(files.certificateFile, 'utf8'),
  privateKey: await readFile(files.keyFile, 'utf8'),
});

const { tls, ...awsPlace } = config.aws;
const aws = await startAwsDouble({
  ...awsPlace,
  ...(tls && { tls: { host: tls.host, port: tls.port, ...(await pair(tls)) } }),
  log,
});
const { certificateFile, keyFile, tokenFile, hosts, ...place } = config.proxmox;
const proxmox = await startProxmoxDouble({
  ...place,
  ...(hosts && {
    runtime: await bootingRuntime(hosts.directory, await readFile(hosts.anchorsFile, 'utf8'), log),
  }),
  tls: await pair({ certificateFile, keyFile }),
  token: (await readFile(tokenFile, 'utf8')).trim(),
  log,
});
const unifi = await startUnifiDouble({
  kind: 'os',
  ...{ stateDir: config.unifi.stateDir, host: config.unifi.host, port: config.unifi.port },
  accounts: await readAccounts(config.unifi.accountsFile),
  tls: await pair(config.unifi),
  log,
});
const infisical = await infisicalDouble(config.infisical);
const github = await githubDouble(config.github);
await writeFile(config.readyFile, '');
log(
  `doubles ready: AWS at ${aws.url}, Proxmox at ${proxmox.url}, UniFi at ${unifi.url}, ` +
    `${infisical?.url ?? 'no Infisical'}, ${github?.url ?? 'no GitHub'}`,
);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    const others = [infisical?.close(), github?.close()];
    void Promise.all([aws.close(), proxmox.close(), unifi.close(), ...others]).then(() =>
      process.exit(0),
    );
  });
}

async function infisicalDouble(place: DoublesConfig['infisical']) {
  if (place === undefined) return undefined;
  const { certificateFile, keyFile, administratorFile, ...options } = place;
  return startInfisicalDouble({
    ...options,
    tls: {
      certificate: await readFile(certificateFile, 'utf8'),
      privateKey: await readFile(keyFile, 'utf8'),
    },
    administrator: z
      .object({ clientId: z.string(), clientSecret: z.string() })
      .parse(JSON.parse(await readFile(administratorFile, 'utf8'))),
    log,
  });
}

async function githubDouble(wanted: DoublesConfig['github']) {
  if (wanted === undefined) return undefined;
  return startGithubDouble({
    ...{ stateDir: wanted.stateDir, port: wanted.port, ...wanted.place, log },
    publicKeys: [await readFile(wanted.publicKeyFile, 'utf8')],
    tls: await pair(wanted),
  });
}
