import { chmod, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  adapterFiles,
  inSeconds,
  sessionJson,
  startAdapter,
  type AdapterFiles,
  type RunningAdapter,
} from './running-adapter.ts';

let files: AdapterFiles;
let adapter: RunningAdapter | undefined;

beforeEach(async () => {
  adapter = undefined;
  files = await adapterFiles();
});
afterEach(async () => {
  await adapter?.kill('SIGKILL');
  await files.remove();
});

async function start(): Promise<RunningAdapter> {
  adapter = await startAdapter(files);
  return adapter;
}

/** Calls until the helper has been run so often. */
async function runsReach(running: RunningAdapter, count: number): Promise<void> {
  while ((await files.runs()) < count) await running.get('/credentials');
}

const body = async (response: Response) => (await response.json()) as Record<string, unknown>;
const status = async () =>
  JSON.parse(await readFile(files.statusFile, 'utf8')) as Record<string, unknown>;

describe('a caller with the token', () => {
  it('gets the session in the words of the container credential provider', async () => {
    const expiration = inSeconds(3600);
    await files.helper(`echo '${sessionJson(expiration)}'`);
    const response = await (await start()).get('/credentials');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await body(response)).toEqual({
      AccessKeyId: 'ASIACANARYKEYID',
      SecretAccessKey: 'canary-secret-access-key',
      Token: 'canary-session-token',
      Expiration: expiration,
    });
  });

  it('shares one run of the helper with fifty others at once', async () => {
    await files.helper(`sleep 0.3; echo '${sessionJson(inSeconds(3600))}'`);
    const running = await start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => running.get('/credentials')),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await files.runs()).toBe(1);
  });

  it('shares one failure with fifty others at once', async () => {
    await files.helper('sleep 0.3; exit 1');
    const running = await start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => running.get('/credentials')),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
    expect(await files.runs()).toBe(1);
  });

  it('gets a session anew when half of its life is over, and never none', async () => {
    const running = await start();
    await files.helper(`echo '${sessionJson(inSeconds(6))}'`);
    await running.get('/credentials');
    const later = inSeconds(3600);
    await files.helper(`echo '${sessionJson(later)}'`);
    let answer: Record<string, unknown>;
    do {
      const response = await running.get('/credentials');
      expect(response.status).toBe(200);
      answer = await body(response);
    } while (answer['Expiration'] !== later);
    expect(await files.runs()).toBe(2);
  });

  it('keeps the valid session while refreshing fails', async () => {
    const running = await start();
    const expiration = inSeconds(12);
    await files.helper(`echo '${sessionJson(expiration)}'`);
    await running.get('/credentials');
    await files.helper('exit 1');
    await runsReach(running, 2);
    const kept = await running.get('/credentials');
    expect(kept.status).toBe(200);
    expect(await body(kept)).toMatchObject({ Expiration: expiration });
    await running.logged('refresh-failed');
  });

  it('does not get a session that has expired', async () => {
    await files.helper(`echo '${sessionJson(inSeconds(-1))}'`);
    const response = await (await start()).get('/credentials');
    expect(response.status).toBe(503);
    expect(await body(response)).toMatchObject({ code: 'NoSession' });
  });

  it('gets one again after a kill and a restart', async () => {
    await (await start()).get('/credentials');
    await adapter?.kill('SIGKILL');
    const response = await (await start()).get('/credentials');
    expect(response.status).toBe(200);
    expect(await files.runs()).toBe(2);
  });
});

describe('a helper that fails', () => {
  it.each([
    [
      'exits with an error',
      'echo "AccessDeniedException: no" >&2; exit 1',
      'AccessDeniedException',
    ],
    ['prints nothing', 'true', 'not a session'],
    ['prints no JSON', 'echo hello', 'not a session'],
    ['prints a list', 'echo "[]"', 'not a session'],
    ['prints bytes', 'head -c 4096 /dev/zero', 'not a session'],
    [
      'prints another version',
      `echo '${sessionJson(inSeconds(900), { Version: 2 })}'`,
      'not a session',
    ],
    [
      'leaves out the token',
      `echo '${sessionJson(inSeconds(900), { SessionToken: '' })}'`,
      'not a session',
    ],
    ['prints no time', `echo '${sessionJson('tomorrow')}'`, 'not a session'],
    ['hangs', 'sleep 600', 'killed after 1 s'],
    ['hangs with a child', 'sleep 600 & wait', 'killed after 1 s'],
    ['dies by a signal', 'kill -9 $$', 'exit -9'],
  ])('and %s is answered with 503 and a reason', async (_, script, reason) => {
    await files.configure({ helper_timeout_seconds: reason.startsWith('killed') ? 1 : 60 });
    await files.helper(script);
    const response = await (await start()).get('/credentials');
    expect(response.status).toBe(503);
    const answer = await body(response);
    expect(answer['code']).toBe('NoSession');
    expect(answer['message']).toContain(reason);
  });

  it('is not there at all', async () => {
    await files.configure({ command: [join(files.directory, 'nothing')] });
    const response = await (await start()).get('/credentials');
    expect(await body(response)).toMatchObject({
      message: 'helper does not start: No such file or directory',
    });
  });

  it('is not run again for the retries of an SDK', async () => {
    await files.configure({ retry_seconds: 60 });
    await files.helper('exit 1');
    const running = await start();
    for (let retry = 0; retry < 4; retry += 1) {
      expect((await running.get('/credentials')).status).toBe(503);
    }
    expect(await files.runs()).toBe(1);
  });

  it('is run again when the pause is over', async () => {
    await files.configure({ retry_seconds: 0 });
    await files.helper('exit 1');
    const running = await start();
    await running.get('/credentials');
    await files.helper(`echo '${sessionJson(inSeconds(900))}'`);
    expect((await running.get('/credentials')).status).toBe(200);
  });
});

describe('secrets', () => {
  it('are in no log line, status or error', async () => {
    const running = await start();
    await running.get('/credentials');
    await running.get('/credentials', { authorization: 'wrong-token-canary' });
    const seen = [running.output(), await readFile(files.statusFile, 'utf8')];
    seen.push(await (await running.get('/status', {})).text());
    await running.kill('SIGTERM');
    for (const text of [...seen, running.output()]) {
      expect(text).not.toMatch(/canary/i);
      expect(text).not.toContain(files.token);
    }
  });

  it('that a failing helper prints are blotted out', async () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    await files.helper(`echo "failed with ${secret}" >&2; exit 1`);
    const running = await start();
    const answer = await (await running.get('/credentials')).text();
    expect(answer).toContain('failed with ...');
    expect(running.output()).not.toContain(secret);
  });
});

describe('a caller', () => {
  it.each<[string, Record<string, string>, number, string]>([
    ['without a token', {}, 401, 'Unauthorized'],
    ['with an empty token', { authorization: '' }, 403, 'Forbidden'],
    ['with another token', { authorization: 'x'.repeat(64) }, 403, 'Forbidden'],
  ])('%s is refused', async (_, headers, expected, code) => {
    const response = await (await start()).get('/credentials', headers);
    expect(response.status).toBe(expected);
    expect(await body(response)).toMatchObject({ code });
    expect(await files.runs()).toBe(0);
  });

  it('with the token and one character more is refused', async () => {
    const response = await (
      await start()
    ).get('/credentials', { authorization: `${files.token}0` });
    expect(response.status).toBe(403);
  });

  it('under a foreign Host name is refused, token or not', async () => {
    const { port } = new URL((await start()).url);
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: `attacker.example:${port}`, authorization: files.token };
      request({ host: '127.0.0.1', port, path: '/credentials', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(answered).toBe(403);
    expect(await files.runs()).toBe(0);
  });

  it('of another path or method gets nothing', async () => {
    const running = await start();
    expect((await running.get('/')).status).toBe(404);
    const headers = { authorization: files.token };
    const posted = await fetch(`${running.url}/credentials`, { method: 'POST', headers });
    expect(posted.status).toBe(501);
  });

  it('is refused once the token file is readable by others', async () => {
    const running = await start();
    await chmod(join(files.directory, 'token'), 0o644);
    const response = await running.get('/credentials');
    expect(response.status).toBe(500);
    expect(await body(response)).toMatchObject({ code: 'TokenFile' });
  });

  it('has to know the new token after a change of the file', async () => {
    const running = await start();
    await writeFile(join(files.directory, 'token'), 'n'.repeat(40));
    expect((await running.get('/credentials')).status).toBe(403);
    expect((await running.get('/credentials', { authorization: 'n'.repeat(40) })).status).toBe(200);
  });
});

describe('an alarm', () => {
  it('stands while the certificate is about to expire', async () => {
    await files.configure({ alarm_certificate_seconds: 8 * 86_400 });
    const running = await start();
    expect(await running.logged('alarm')).toMatchObject({
      level: 'critical',
      alarm: 'certificate-expiring',
    });
    expect((await running.get('/status', {})).status).toBe(503);
    expect(await status()).toMatchObject({ alarms: ['certificate-expiring'] });
  });

  it('stands when the certificate cannot be read', async () => {
    await writeFile(join(files.directory, 'certificate.pem'), 'nothing');
    await (await start()).logged('alarm');
    expect(await status()).toMatchObject({ alarms: ['certificate-unreadable'] });
  });

  it('stands when the session nears its end and refreshing fails, and ends with it', async () => {
    await files.configure({ alarm_session_seconds: 300, retry_seconds: 0 });
    const running = await start();
    await files.helper(`echo '${sessionJson(inSeconds(6))}'`);
    await running.get('/credentials');
    expect(await body(await running.get('/status', {}))).toMatchObject({ alarms: [] });
    await files.helper('exit 1');
    await runsReach(running, 2);
    expect(await running.logged('alarm')).toMatchObject({ level: 'critical' });
    expect(await status()).toMatchObject({ last_failure: 'helper exit 1: ' });
    await files.helper(`echo '${sessionJson(inSeconds(3600))}'`);
    await running.get('/credentials');
    await running.logged('alarm-over');
    expect(await status()).toMatchObject({ alarms: [], last_failure: null });
  });

  it('stands where there was no session since the start, though nobody asks', async () => {
    await files.configure({ first_session_seconds: 0, retry_seconds: 0 });
    await files.helper('exit 1');
    const running = await start();
    expect(await running.logged('alarm')).toMatchObject({ level: 'critical', alarm: 'no-session' });
    expect(await status()).toMatchObject({
      ...{ alarms: ['no-session'], last_failure: 'helper exit 1: ' },
    });
    await files.helper(`echo '${sessionJson(inSeconds(3600))}'`);
    expect((await running.get('/credentials')).status).toBe(200);
    await running.logged('alarm-over');
    expect(await status()).toMatchObject({ alarms: [] });
  });

  it('does not stand where the first session is not due yet', async () => {
    await files.helper('exit 1');
    const running = await start();
    expect((await running.get('/credentials')).status).toBe(503);
    expect(await body(await running.get('/status', {}))).toMatchObject({
      ...{ alarms: [], last_failure: 'helper exit 1: ' },
    });
  });

  it('does not stand in quiet times, and the status tells both expiries', async () => {
    const running = await start();
    await running.get('/credentials');
    const response = await running.get('/status', {});
    expect(response.status).toBe(200);
    const now = await body(response);
    expect(now['alarms']).toEqual([]);
    expect(Date.parse(String(now['session_expires']))).toBeGreaterThan(Date.now());
    expect(Date.parse(String(now['certificate_expires']))).toBeGreaterThan(Date.now());
  });
});

describe('the configuration', () => {
  const refused = async (changes: Record<string, unknown>) => {
    await files.configure(changes);
    return startAdapter(files).then(
      async (running) => {
        await running.kill('SIGKILL');
        return 'started';
      },
      (error: unknown) => String(error),
    );
  };

  it.each<[string, Record<string, unknown>, string]>([
    ['a public address', { listen_host: '0.0.0.0' }, 'loopback'],
    ['a host name', { listen_host: 'localhost' }, 'loopback'],
    ['an unknown key', { colour: 'red' }, 'unknown: colour'],
    ['a missing token file', { token_file: '/nonexistent' }, 'token file /nonexistent'],
    ['a command that is one string', { command: 'helper' }, 'command must be a list'],
    ['an empty command', { command: [] }, 'command must be a list'],
    ['a helper that prints what it gets', { command: ['helper', '--debug'] }, '--debug'],
    ['a number in quotes', { retry_seconds: '2' }, 'retry_seconds must be a int'],
    ['a negative number', { retry_seconds: -1 }, 'retry_seconds'],
  ])('is refused with %s: exit code 2', async (_, changes, message) => {
    const outcome = await refused(changes);
    expect(outcome).toContain('ended with 2');
    expect(outcome).toContain(message);
  });

  it.each<[string, string, number]>([
    ['readable by others', 'x'.repeat(40), 0o604],
    ['writable by its group', 'x'.repeat(40), 0o660],
    ['with a newline', `${'x'.repeat(40)}\n`, 0o600],
    ['that is short', 'x'.repeat(31), 0o600],
    ['that is empty', '', 0o600],
  ])('is refused with a token file %s', async (_, content, mode) => {
    const path = join(files.directory, 'token');
    await writeFile(path, content);
    await chmod(path, mode);
    expect(await refused({})).toContain('ended with 2');
  });

  it('is refused on a port that is taken: exit code 3', async () => {
    const { port } = new URL((await start()).url);
    expect(await refused({ listen_port: Number(port) })).toContain('ended with 3');
  });

  it('is read anew at the next refresh, and a damaged one keeps the session', async () => {
    await files.configure({ retry_seconds: 0 });
    const running = await start();
    await files.helper(`echo '${sessionJson(inSeconds(12))}'`);
    await running.get('/credentials');
    await writeFile(files.configFile, '{');
    const seen = running.log.length;
    while (seen === running.log.length) {
      expect((await running.get('/credentials')).status).toBe(200);
    }
    expect(await running.logged('refresh-failed')).toMatchObject({ level: 'error' });
    await files.configure({ command: ['/bin/echo', sessionJson('2099-01-01T00:00:00Z')] });
    expect(await body(await running.get('/credentials'))).toMatchObject({
      Expiration: '2099-01-01T00:00:00Z',
    });
  });

  it('ends with exit code 0 on SIGTERM', async () => {
    expect(await (await start()).kill('SIGTERM')).toBe(0);
  });
});
