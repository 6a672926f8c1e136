import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openbao } from '../../../lab/parts/python.ts';
import { approlePaths } from '../../../src/model/names.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { fileOf, issue } from './delivering.ts';

const consumer = 'terraform-agent';
let deployed: Deployed;
let bao: string;

beforeAll(async () => {
  deployed = await deploy();
  ({ path: bao } = await openbao(() => undefined));
  // The agent of OpenBao chooses no source address, so that its consumer has that of this host here.
  const { role } = approlePaths(consumer);
  // Partial: what is not named stays as it is.
  await deployed.admin('POST', role, {
    secret_id_bound_cidrs: ['127.0.0.1/32'],
    token_bound_cidrs: ['127.0.0.1/32'],
  });
});
afterAll(() => deployed.stop());

/** Issues for the agent, which reads the two from files of its own. */
async function issued(home: string) {
  const files = { token: join(home, 'secret-id'), roleId: join(home, 'role-id') };
  const { exitCode, stderr } = await deployed.bundle(
    ['secret-id', 'issue', consumer, '--token-file', files.token, '--role-id-file', files.roleId],
    {
      home,
      env: { BAO_TOKEN: await deployed.tokenOf('secret-id-issuer') },
      localAddress: addresses.issuer,
    },
  );
  expect(exitCode, stderr).toBe(0);
  return files;
}

/** Runs the agent until it has logged in, or has given up. */
async function agent(home: string, files: { token: string; roleId: string }) {
  const { secretId } = approlePaths(consumer);
  const sink = join(home, 'sink');
  const config = join(home, 'agent.hcl');
  await writeFile(
    config,
    `exit_after_auth = true
vault {
  address = ${JSON.stringify(deployed.server.address)}
  ca_cert = ${JSON.stringify(deployed.server.caFile)}
}
auto_auth {
  method "approle" {
    exit_on_err = true
    config = {
      role_id_file_path = ${JSON.stringify(files.roleId)}
      secret_id_file_path = ${JSON.stringify(files.token)}
      secret_id_response_wrapping_path = ${JSON.stringify(secretId)}
      remove_secret_id_file_after_reading = true
    }
  }
  sink "file" {
    config = {
      path = ${JSON.stringify(sink)}
      mode = 384
    }
  }
}
`,
  );
  const { exitCode, all } = await execa(bao, ['agent', `-config=${config}`], {
    env: { HOME: home, PATH: process.env['PATH'] ?? '' },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { exitCode, output: all, sink };
}

describe('the agent of OpenBao', () => {
  it('boots from a wrapped SecretID of ours, without our client', async () => {
    const home = await deployed.home();
    const { exitCode, output, sink } = await agent(home, await issued(home));
    expect(exitCode, output).toBe(0);
    const { status } = await deployed.ask({
      method: 'GET',
      path: 'kv/data/unifi/tofu',
      token: (await readFile(sink, 'utf8')).trim(),
    });
    expect(status).toBe(200);
  });

  it('does not where somebody else opened it before', async () => {
    const home = await deployed.home();
    const files = await issued(home);
    await deployed.admin('POST', 'sys/wrapping/unwrap', undefined, {
      token: (await readFile(files.token, 'utf8')).trim(),
      from: addresses.thief,
    });
    const { exitCode } = await agent(home, files);
    expect(exitCode).not.toBe(0);
  });
});

describe('the certificate of a consumer', () => {
  it('is one file that OpenBao’s own tools take as certificate and as key', async () => {
    const home = await deployed.home();
    const file = await fileOf(deployed, await issue(deployed, 'unpoller'));
    const { exitCode } = await deployed.bundle(['bootstrap', '--token-file', file], {
      home,
      consumer: 'unpoller',
      localAddress: addresses.unpoller,
    });
    expect(exitCode).toBe(0);
    await deployed.admin('POST', 'auth/cert/certs/unpoller', {
      ...((await deployed.admin('GET', 'auth/cert/certs/unpoller'))['data'] as object),
      token_bound_cidrs: ['127.0.0.1/32'],
    });
    const pem = join(home, 'consumer', 'client.pem');
    const login = ['login', '-method=cert', '-no-store', '-token-only', 'name=unpoller'];
    const outcome = await execa(bao, login, {
      env: {
        HOME: home,
        BAO_ADDR: deployed.server.address,
        BAO_CACERT: deployed.server.caFile,
        BAO_CLIENT_CERT: pem,
        BAO_CLIENT_KEY: pem,
      },
      extendEnv: false,
      reject: false,
    });
    expect(outcome.exitCode, outcome.stderr).toBe(0);
  });
});
