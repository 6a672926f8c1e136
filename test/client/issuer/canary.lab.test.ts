import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { watchCommandLines } from '../../command-lines.ts';
import { filesBelow } from '../../lab/running-lab.ts';
import { arrive, readEnvelope, unwrap } from '../acts.ts';
import { launchedChild } from '../child.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';

let deployed: Deployed;
beforeAll(async () => {
  deployed = await deploy();
});
afterAll(() => deployed.stop());

it.runIf(process.platform === 'linux')(
  'leaves no secret in arguments, output, ledger, records or logs',
  async () => {
    const watching = watchCommandLines(10);
    const home = await deployed.home();
    const localAddress = addresses.alice;
    const login = await deployed.bundle(['login', '--user', 'alice'], {
      home,
      localAddress,
      input: `${deployed.operator.password}\n`,
    });
    const stored = join(home, '.local/state/credential-backbone/token');
    const operator = (await readFile(stored, 'utf8')).trim();

    const out = join(home, 'envelope');
    const issue = ['secret-id', 'issue', 'unpoller', '--out', out];
    const issued = await deployed.bundle(issue, { home, localAddress });
    const envelope = await readEnvelope(out);
    const stolen = await unwrap(deployed, envelope.wrapping_token, addresses.thief);
    const incident = ['incident', envelope.accessor, '--audit', deployed.server.auditLogs[0]];
    const answered = await deployed.bundle(incident, { home, localAddress });

    const childHome = await deployed.home();
    const child = launchedChild(childHome);
    const { process: launcher } = await deployed.started(
      ['launch', 'terraform-agent', '--wait', '10m', '--', ...child.command],
      { home, localAddress },
    );
    const env = await child.env();
    const delivered = env['BAO_WRAPPED_SECRET_ID'] ?? '';
    await arrive(deployed, 'terraform-agent', {
      token: delivered,
      roleId: env['BAO_ROLE_ID'] ?? '',
      accessor: env['BAO_SECRET_ID_ACCESSOR'] ?? '',
    });
    await child.end(0);
    const launched = await launcher;
    watching.stop();
    const args = [...watching.seen].join('\n');

    // The sampler has seen what it looks at.
    expect(args).toContain('terraform-agent');
    const secrets = [
      deployed.operator.password,
      operator,
      envelope.wrapping_token,
      stolen,
      delivered,
      deployed.server.rootToken,
    ];
    const spoken = [login, issued, answered, launched].map(
      ({ stdout, stderr }) => `${stdout}${stderr}`,
    );
    const files = await filesBelow(home);
    const kept = [...files].filter(([file]) => file !== stored && file !== out);
    expect(kept.map(([file]) => file.slice(home.length))).toContain(
      '/.local/state/credential-backbone/ledger.jsonl',
    );
    const logs = [...deployed.server.auditLogs, join(deployed.directory, 'openbao.log')];
    const logged = await Promise.all(logs.map((file) => readFile(file, 'utf8')));
    const written = [...kept.map(([, content]) => content), ...logged];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      for (const text of [args, ...spoken, ...written]) expect(text).not.toContain(secret);
    }
  },
);
