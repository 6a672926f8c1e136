import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { fileOf, issue, steal, type ConsumerName, type Envelope } from './delivering.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy();
});
afterAll(() => deployed.stop());

/** Prints a secret's value, by whatever identity the place has. */
function exec(
  home: string,
  consumer: ConsumerName,
  env: Readonly<Record<string, string>> = {},
): ReturnType<Deployed['bundle']> {
  const [secret, variable] =
    consumer === 'unpoller'
      ? (['unifi/exporter', 'UNIFI_API_KEY'] as const)
      : (['unifi/tofu', 'UNIFI_PASSWORD'] as const);
  const script = `process.stdout.write(process.env.${variable})`;
  return deployed.bundle(['exec', '--with', secret, '--', process.execPath, '-e', script], {
    home,
    consumer,
    localAddress: addresses[consumer],
    env: { BACKBONE_SEED: '/nonexistent', ...env },
  });
}

const environmentOf = (sent: Envelope) => ({
  BAO_WRAPPED_SECRET_ID: sent.wrapping_token,
  BAO_ROLE_ID: sent.role_id,
  BAO_SECRET_ID_ACCESSOR: sent.accessor,
  BAO_WRAPPED_SECRET_ID_EXPIRES: sent.expires,
});
const apiKey = () => deployed.secrets['unifi/exporter']?.['api_key'];
const password = () => deployed.secrets['unifi/tofu']?.['password'];

describe('a consumer that runs another command than bootstrap', () => {
  it('is known by its certificate, and gives the token of that login up', async () => {
    const home = await deployed.home();
    const file = await fileOf(deployed, await issue(deployed, 'unpoller'));
    await deployed.bundle(['bootstrap', '--token-file', file], {
      home,
      consumer: 'unpoller',
      localAddress: addresses.unpoller,
    });
    const before = await tokens();
    const { exitCode, stdout, stderr } = await exec(home, 'unpoller');
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toBe(apiKey());
    expect(await tokens()).toEqual(before);
  });

  it('is let in by a wrapped SecretID in its environment, and then has a certificate', async () => {
    const home = await deployed.home();
    const env = environmentOf(await issue(deployed, 'unpoller'));
    expect((await exec(home, 'unpoller', env)).stdout).toBe(apiKey());
    // The same environment, in which the token is spent.
    expect((await exec(home, 'unpoller', env)).stdout).toBe(apiKey());
  });

  it('shares one login where it has no certificate, however many start at once and later', async () => {
    const home = await deployed.home();
    const env = environmentOf(await issue(deployed, 'terraform-agent'));
    const at = () => exec(home, 'terraform-agent', env);
    const outcomes = [...(await Promise.all([at(), at(), at(), at()])), await at()];
    for (const { stdout, stderr } of outcomes) expect(stdout, stderr).toBe(password());
  });

  it('is not let in by a stolen one: the verdict is its end', async () => {
    const sent = await issue(deployed, 'terraform-agent');
    await steal(deployed, sent);
    const outcome = await exec(await deployed.home(), 'terraform-agent', environmentOf(sent));
    expect(outcome).toMatchObject({ exitCode: 41, stdout: '' });
    expect(outcome.stderr).toContain('intercepted');
  });
});

/** Accessors of all tokens there are, but the one that asks. */
async function tokens(): Promise<readonly string[]> {
  const { body } = await deployed.ask({ method: 'LIST', path: 'auth/token/accessors' });
  return [...(body['data'] as { keys: readonly string[] }).keys].sort();
}
