import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCa, issue as issueCertificate } from '../../../lab/pki.ts';
import { addresses, deploy, type Deployed } from '../deployed.ts';
import { fileOf, issue, steal, type Envelope } from './delivering.ts';

let deployed: Deployed;
let hook: Server;
let url: string;
let caFile: string;
/** Bodies that the webhook got. */
const posted: string[] = [];
/** What the webhook answers. */
let status = 204;

beforeAll(async () => {
  deployed = await deploy();
  const ca = await createCa('Webhook CA');
  const leaf = await issueCertificate(ca, { commonName: 'hook', addresses: ['127.0.0.1'] });
  caFile = join(deployed.directory, 'hook-ca.pem');
  await writeFile(caFile, ca.certificate);
  hook = createServer({ cert: leaf.certificate, key: leaf.privateKey }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      posted.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${String((hook.address() as AddressInfo).port)}/alarm`;
});
afterAll(async () => {
  hook.close();
  await deployed.stop();
});

/** A double of `logger`, as no system log runs where tests do: it writes its words down, one a line. */
async function loggerDouble(directory: string): Promise<string> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const file = join(bin, 'logger');
  await writeFile(file, `#!/bin/sh\nprintf '%s\\n' "$@" > ${directory}/logged\n`);
  await chmod(file, 0o755);
  return bin;
}

async function bootWith(home: string, sent: Envelope, env: Record<string, string>) {
  const outcome = await deployed.bundle(
    ['bootstrap', '--json', '--wait', '0', '--token-file', await fileOf(deployed, sent)],
    { home, consumer: 'unpoller', localAddress: addresses.unpoller, env },
  );
  return { ...outcome, report: JSON.parse(outcome.stdout) as { told: readonly string[] } };
}

async function stolen(): Promise<Envelope> {
  const sent = await issue(deployed, 'unpoller');
  await steal(deployed, sent);
  return sent;
}

describe('an alarm', () => {
  it('is told by record, syslog and webhook, each without a secret', async () => {
    const home = await deployed.home();
    const alarms = join(home, 'shared');
    const sent = await stolen();
    const { exitCode, report } = await bootWith(home, sent, {
      PATH: `${await loggerDouble(home)}:${process.env['PATH'] ?? ''}`,
      BACKBONE_ALARMS: alarms,
      BACKBONE_ALARM_URL: url,
      NODE_EXTRA_CA_CERTS: caFile,
    });
    expect(exitCode).toBe(41);
    expect(report.told).toEqual(['record', 'syslog', 'webhook']);
    const [name = ''] = await readdir(alarms);
    const texts = [
      await readFile(join(alarms, name), 'utf8'),
      await readFile(join(home, 'logged'), 'utf8'),
      posted.at(-1) ?? '',
    ];
    for (const text of texts) {
      expect(text).toContain('unpoller');
      expect(text).toContain('intercepted');
      expect(text).toContain(sent.accessor);
      expect(text).not.toContain(sent.wrapping_token);
    }
    expect(texts[1]).toContain('auth.alert');
  });

  it('keeps its exit status where nobody can be told, and says what failed', async () => {
    const home = await deployed.home();
    status = 500;
    try {
      const { exitCode, report, stderr } = await bootWith(home, await stolen(), {
        // No such place, and no logger.
        BACKBONE_ALARMS: '/proc/nothing/here',
        BACKBONE_ALARM_URL: url,
        NODE_EXTRA_CA_CERTS: caFile,
        PATH: '/nonexistent',
      });
      expect(exitCode).toBe(41);
      expect(report.told).toEqual([]);
      expect(stderr).toContain('no record was left');
      expect(stderr).toContain('it answered 500');
    } finally {
      status = 204;
    }
  });

  it.each(['http://127.0.0.1:1/alarm', 'not a url', 'https://127.0.0.1:1/alarm'])(
    'is not sent to %s, and says so',
    async (address) => {
      const { exitCode, report, stderr } = await bootWith(await deployed.home(), await stolen(), {
        BACKBONE_ALARM_URL: address,
      });
      expect(exitCode).toBe(41);
      expect(report.told).not.toContain('webhook');
      expect(stderr).toContain('BACKBONE_ALARM_URL');
    },
  );
});

describe('a delivery', () => {
  it('raises no alarm at the webhook', async () => {
    const before = posted.length;
    const { exitCode, report } = await bootWith(
      await deployed.home(),
      await issue(deployed, 'unpoller'),
      { BACKBONE_ALARM_URL: url, NODE_EXTRA_CA_CERTS: caFile },
    );
    expect(exitCode).toBe(0);
    expect(report.told).toEqual([]);
    expect(posted).toHaveLength(before);
  });
});
