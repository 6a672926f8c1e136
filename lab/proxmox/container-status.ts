import type { Call, Route } from './call.ts';
import { container } from './containers.ts';
import { diskOf } from './guest-config.ts';
import { properties, type Values } from './parameters.ts';
import { failed } from './refusal.ts';
import type { Guest } from './state.ts';
import type { Runtime } from './runtime.ts';
import { run } from './tasks.ts';

const mib = 1024 * 1024;

function current(guest: Guest) {
  const { config, status, vmid } = guest;
  return {
    ...{ status, vmid, type: 'lxc', name: config['hostname'] ?? `CT${String(vmid)}` },
    cpus: config['cores'] ?? 1,
    maxmem: Number(config['memory'] ?? 512) * mib,
    maxswap: Number(config['swap'] ?? 512) * mib,
    maxdisk: diskOf(guest.config, 'rootfs').gib * 1024 * mib,
    uptime: status === 'running' ? 1 : 0,
    ...(config['tags'] === undefined ? {} : { tags: config['tags'] }),
    ha: { managed: 0 },
  };
}

/** The static addresses of the configuration: a container has no others. */
function interfaces(guest: Guest) {
  const networks = Object.entries(guest.config).filter(([name]) => /^net[0-9]+$/.test(name));
  const loopback = {
    ...{ name: 'lo', 'hardware-address': '00:00:00:00:00:00' },
    'ip-addresses': [{ 'ip-address': '127.0.0.1', prefix: '8', 'ip-address-type': 'inet' }],
  };
  return [
    loopback,
    ...networks.map(([, text]) => {
      const network = properties(String(text), 'name');
      const addresses = [
        ['inet', network.get('ip')],
        ['inet6', network.get('ip6')],
      ] as const;
      return {
        name: network.get('name') ?? '',
        'hardware-address': (network.get('hwaddr') ?? '').toLowerCase(),
        'ip-addresses': addresses.flatMap(([type, cidr]) => {
          const [address, prefix] = cidr?.split('/') ?? [];
          if (address === undefined || prefix === undefined) return [];
          return [{ 'ip-address': address, prefix, 'ip-address-type': type }];
        }),
      };
    }),
  ];
}

interface Change {
  /** What it must be before; otherwise Proxmox refuses, at once and without a task. */
  readonly running: boolean;
  readonly after: Guest['status'];
  readonly work: (runtime: Runtime, guest: Guest) => Promise<void>;
}

function change(call: Call, type: string, { running, after, work }: Change): Promise<string> {
  const guest = container(call);
  const id = String(guest.vmid);
  if ((guest.status === 'running') !== running) {
    throw failed(running ? `CT ${id} not running` : `CT ${id} already running`);
  }
  return run(call, guest.node, type, id, async () => {
    await work(call.runtime, guest);
    guest.status = after;
  });
}

/** As `pct shutdown`: in order, and by force where that was asked for. */
async function shutdown(runtime: Runtime, guest: Guest, values: Values): Promise<void> {
  const seconds = Number(values['timeout'] ?? 60);
  try {
    await runtime.shutdown(guest, seconds);
  } catch (error) {
    if (values['forceStop'] !== 1) throw error;
    await runtime.stop(guest);
  }
}

const base = 'nodes/:node/lxc/:vmid';

export const containerStatusRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: `${base}/status/current`,
    answer: (call) => current(container(call)),
  },
  {
    method: 'GET',
    path: `${base}/interfaces`,
    answer: (call) => {
      const guest = container(call);
      if (guest.status !== 'running') throw failed(`CT ${String(guest.vmid)} not running`);
      return interfaces(guest);
    },
  },
  {
    method: 'POST',
    path: `${base}/status/start`,
    parameters: { optional: { debug: 'boolean', skiplock: 'boolean' } },
    answer: (call) =>
      change(call, 'vzstart', {
        ...{ running: false, after: 'running' },
        work: (runtime, guest) => runtime.start(guest),
      }),
  },
  {
    method: 'POST',
    path: `${base}/status/stop`,
    parameters: { optional: { skiplock: 'boolean', 'overrule-shutdown': 'boolean' } },
    answer: (call) =>
      change(call, 'vzstop', {
        ...{ running: true, after: 'stopped' },
        work: (runtime, guest) => runtime.stop(guest),
      }),
  },
  {
    method: 'POST',
    path: `${base}/status/shutdown`,
    parameters: { optional: { forceStop: 'boolean', timeout: 'integer' } },
    answer: (call, values) =>
      change(call, 'vzshutdown', {
        ...{ running: true, after: 'stopped' },
        work: (runtime, guest) => shutdown(runtime, guest, values),
      }),
  },
  {
    method: 'POST',
    path: `${base}/status/reboot`,
    parameters: { optional: { timeout: 'integer' } },
    answer: (call) =>
      change(call, 'vzreboot', {
        ...{ running: true, after: 'running' },
        work: (runtime, guest) => runtime.reboot(guest),
      }),
  },
];
