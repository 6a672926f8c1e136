import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { health } from '../../../lab/openbao/api.ts';
import { openbao } from '../../../lab/parts/python.ts';
import { createCa, issue } from '../../../lab/pki.ts';
import { freePorts } from '../../../lab/processes/port.ts';
import {
  isAlive,
  startProcess,
  stopProcess,
  waitFor,
  type ProcessId,
} from '../../../lab/processes/process.ts';
import { until } from '../site.ts';

export interface RaftNode {
  readonly url: string;
  state(): ReturnType<typeof health>;
  /** As by a power failure. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface RaftNodes {
  /** The first one is made first, and is the active one. */
  readonly nodes: readonly [RaftNode, RaftNode, RaftNode];
  readonly caFile: string;
  readonly certificateFile: string;
  stop(): Promise<void>;
}

/** Three real servers on loopback that are one cluster. */
export async function startRaftNodes(directory: string): Promise<RaftNodes> {
  const { path: bao } = await openbao(() => undefined);
  const ports = await freePorts(6);
  const file = (name: string) => join(directory, name);
  const ca = await createCa('Test CA');
  const leaf = await issue(ca, { commonName: 'openbao', addresses: ['127.0.0.1'] });
  const caFile = file('ca.pem');
  await writeFile(caFile, ca.certificate);
  await writeFile(file('tls.pem'), leaf.certificate);
  await writeFile(file('tls.key'), leaf.privateKey, { mode: 0o600 });
  await writeFile(file('seal.key'), randomBytes(32), { mode: 0o600 });
  await writeFile(file('password'), randomBytes(32).toString('hex'), { mode: 0o600 });
  const url = (index: number) => `https://127.0.0.1:${String(ports[index])}`;
  const running = new Set<ProcessId>();

  const make = async (index: number): Promise<RaftNode> => {
    const place = file(String(index));
    await mkdir(join(place, 'data'), { recursive: true, mode: 0o700 });
    const others = [0, 1, 2].filter((other) => other !== index).map(url);
    const text = configuration(directory, {
      ...{ index, url: url(index), cluster: url(index + 3), others },
    });
    await writeFile(join(place, 'openbao.hcl'), text);
    const log = join(place, 'log');
    const state = () => health(url(index), caFile);
    let id: ProcessId | undefined;
    const start = async () => {
      const args = ['server', `-config=${join(place, 'openbao.hcl')}`];
      const started = await startProcess({ command: bao, args }, log);
      id = started;
      running.add(started);
      const up = async () => ['active', 'standby'].includes(await state());
      await waitFor(`node ${String(index)}`, started, log, up, 180);
    };
    const kill = async () => {
      if (id === undefined) return;
      process.kill(id.pid, 'SIGKILL');
      while (await isAlive(id)) await new Promise((resolve) => setTimeout(resolve, 20));
      running.delete(id);
    };
    await start();
    return { url: url(index), state, kill, start };
  };
  const stop = async () => {
    for (const id of running) await stopProcess(id);
  };
  try {
    const nodes = [await make(0), await make(1), await make(2)] as const;
    const password = await readFile(file('password'), 'utf8');
    await until(
      'three voters',
      () => voters(url(0), caFile, password),
      (count) => count === 3,
    );
    return { nodes, caFile, certificateFile: file('tls.pem'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A node that has just joined has no vote yet, and without theirs nobody leads when the first is gone. */
async function voters(url: string, caFile: string, password: string): Promise<number> {
  const curl = async (path: string, input: string, ...more: readonly string[]) => {
    const args = ['--silent', '--fail', '--cacert', caFile, ...more, `${url}/v1/${path}`];
    return (await execa('curl', args, { input })).stdout;
  };
  const said = await curl(
    'auth/host/login/snapshot',
    ...[JSON.stringify({ password }), '--data', '@-'],
  );
  const { auth } = JSON.parse(said) as { auth: { client_token: string } };
  const header = `X-Vault-Token: ${auth.client_token}`;
  const known = await curl('sys/storage/raft/configuration', header, '--header', '@-');
  return known.match(/"voter":true/g)?.length ?? 0;
}

interface Place {
  readonly index: number;
  readonly url: string;
  readonly cluster: string;
  readonly others: readonly string[];
}

function configuration(directory: string, node: Place): string {
  const file = (name: string) => JSON.stringify(join(directory, name));
  const host = (url: string) => JSON.stringify(new URL(url).host);
  const joins = node.others.map(
    (url) => `retry_join {
    leader_api_addr = "${url}"
    leader_ca_cert_file = ${file('ca.pem')}
  }`,
  );
  return `api_addr = "${node.url}"
cluster_addr = "${node.cluster}"
listener "tcp" {
  address = ${host(node.url)}
  cluster_address = ${host(node.cluster)}
  tls_cert_file = ${file('tls.pem')}
  tls_key_file = ${file('tls.key')}
}
storage "raft" {
  path = ${file(`${String(node.index)}/data`)}
  node_id = "node-${String(node.index)}"
  performance_multiplier = 1
  ${node.index === 0 ? '' : joins.join('\n  ')}
}
seal "static" {
  current_key_id = "one"
  current_key = "file://${join(directory, 'seal.key')}"
}
${node.index === 0 ? beginning(directory) : ''}`;
}

/** The first one begins the cluster; an identity that may take snapshots is all that it has. */
function beginning(directory: string): string {
  const policy = JSON.stringify(
    'path "sys/storage/raft/snapshot" { capabilities = ["read"] }\n' +
      'path "sys/storage/raft/configuration" { capabilities = ["read"] }\n' +
      'path "canary/restore" { capabilities = ["create", "update"] }\n' +
      'path "auth/token/revoke-self" { capabilities = ["update"] }',
  );
  const request = (name: string, path: string, data: string) => `  request "${name}" {
    operation = "update"
    path = "${path}"
    data = { ${data} }
  }
`;
  return `initialize "first" {
${request('policy', 'sys/policies/acl/snapshot', `policy = ${policy}`)}
${request('auth', 'sys/auth/host', 'type = "userpass"')}
${request(
  'user',
  'auth/host/users/snapshot',
  `token_policies = ["snapshot"]
    token_no_default_policy = true
    password = {
      eval_source = "file"
      eval_type = "string"
      path = ${JSON.stringify(join(directory, 'password'))}
    }`,
)}
${request('canary', 'sys/mounts/canary', 'type = "kv"')}
}
`;
}
