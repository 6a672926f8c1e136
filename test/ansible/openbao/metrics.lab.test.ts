import { randomBytes } from 'node:crypto';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openbao } from '../../../lab/parts/python.ts';
import { createCa, issue } from '../../../lab/pki.ts';
import { freePorts } from '../../../lab/processes/port.ts';
import { ansibleOrSkip } from '../ansible.ts';
import { until } from '../site.ts';

const template = fileURLToPath(
  new URL('../../../ansible/roles/openbao/templates/openbao.hcl.j2', import.meta.url),
);
const ansible = await ansibleOrSkip('the listener of metrics');
/** The address of the node is another one than that of its own programs. */
const [node, here] = ['127.0.0.2', '127.0.0.1'];

/** A real server with the role's own configuration, whose places are in a directory of the test. */
async function serve(remote: boolean) {
  if (ansible === undefined) throw new Error('skipped');
  const directory = await mkdtemp(join(tmpdir(), 'metrics-'));
  const path = (name: string) => join(directory, name);
  const [port = 0, api, cluster] = await freePorts(3);
  const ca = await createCa('test CA');
  const pair = await issue(ca, { commonName: 'openbao', addresses: [node, here] });
  await writeFile(path('openbao.pem'), pair.certificate);
  await writeFile(path('openbao.key'), pair.privateKey, { mode: 0o600 });
  await writeFile(path('seal-key_one'), randomBytes(32), { mode: 0o600 });
  for (const name of ['data', 'plugins']) await mkdir(path(name));
  const variables = {
    ...{ openbao_cluster_name: 'test', openbao_node_name: 'bao', openbao_host: node },
    ...{ openbao_port: api, openbao_cluster_port: cluster },
    ...{ openbao_metrics_port: port, openbao_metrics_remote: remote, openbao_plugins: [] },
    ...{ openbao_data_directory: path('data'), openbao_plugin_directory: path('plugins') },
    ...{ openbao_peers: [{ name: 'bao', address: node }], openbao_audit_devices: [] },
    ...{ openbao_seal_key_id: 'one', openbao_previous_seal_key_id: '' },
  };
  const written = path('openbao.hcl');
  const task = { 'ansible.builtin.template': { src: template, dest: written } };
  const play = { hosts: 'localhost', gather_facts: false, vars: variables, tasks: [task] };
  await writeFile(path('play.yml'), JSON.stringify([play]));
  const ran = await ansible.run('ansible-playbook', ['--connection', 'local', path('play.yml')]);
  expect(ran.exitCode, ran.all).toBe(0);
  const text = await readFile(written, 'utf8');
  await writeFile(
    written,
    text
      .replaceAll('/etc/openbao/tls/', `${directory}/`)
      .replaceAll('/run/credentials/openbao.service/', `${directory}/`),
  );
  const { path: bao } = await openbao(() => undefined);
  const server = execa(bao, ['server', `-config=${written}`], { reject: false, all: true });
  const ask = (address: string, what: string, tls = remote) =>
    new Promise<{ status: number | undefined; text: string } | string>((resolve) => {
      const options = { host: address, port, path: `/v1/${what}`, ca: ca.certificate };
      const sent = (tls ? secure : plain)(options, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode, text: body });
        });
      });
      sent.on('error', (error) => {
        resolve('code' in error ? String(error.code) : error.message);
      });
      sent.end();
    });
  const end = async () => {
    server.kill();
    await server;
    await rm(directory, { recursive: true });
  };
  const own = remote ? node : here;
  await until(
    'metrics',
    () => ask(own, metrics),
    (answer) => typeof answer !== 'string',
  );
  return { ask, end };
}

const metrics = 'sys/metrics?format=prometheus';

describe.runIf(ansible)('the metrics of OpenBao', () => {
  afterAll(() => ansible?.remove());

  describe.each([
    ['for an agent of the host', false, here, node],
    ['for a Prometheus elsewhere', true, node, here],
  ] as const)('%s', (_, remote, own, other) => {
    let server: Awaited<ReturnType<typeof serve>>;
    beforeAll(async () => {
      server = await serve(remote);
      return server.end;
    });

    it('are there, without a token', async () => {
      const answer = await server.ask(own, metrics);
      expect(answer).toMatchObject({ status: 200 });
      expect(JSON.stringify(answer)).toContain('# TYPE ');
    });

    it('are all that this port answers', async () => {
      for (const path of ['sys/health', 'sys/seal-status', 'sys/init', 'kv/data/x', 'sys/pprof']) {
        expect(await server.ask(own, path), path).toMatchObject({ status: 404 });
      }
    });

    it('are on no other address', async () => {
      expect(await server.ask(other, metrics)).toBe('ECONNREFUSED');
    });

    it.runIf(remote)('are not given without TLS', async () => {
      expect(await server.ask(own, metrics, false)).not.toMatchObject({ status: 200 });
    });
  });
});
