import { beforeAll, expect, it } from 'vitest';
import { withServices } from '../fixtures/services.ts';
import { Place } from '../lab/proxmox/place.ts';

/** The real provider and real Terraform, against the Proxmox double; each test goes on from the one before. */
let place: Place;

beforeAll(async () => {
  place = await Place.open();
  await place.declare({}, {}, withServices());
  await place.apply();
  return () => place.close();
});

async function to(stack: Place['stack']): Promise<void> {
  place.stack = stack;
  await place.run('init', '-input=false');
}

it.each([
  ['github-host', 140, 'github-broker'],
  ['proxy-host', 141, 'egress-proxy'],
] as const)('%s makes its container, walled before it runs, once', async (stack, vmid, name) => {
  await to(stack);
  await place.apply();
  expect((await place.plan()).exitCode).toBe(0);
  const guest = `nodes/pve1/lxc/${String(vmid)}`;
  expect(await place.api('GET', `${guest}/status/current`)).toMatchObject({ status: 'running' });
  expect(await place.api('GET', `${guest}/config`)).toMatchObject({
    ...{ hostname: name, swap: 0, unprivileged: 1 },
  });
  expect(await place.api('GET', `${guest}/firewall/options`)).toMatchObject({
    ...{ enable: 1, policy_in: 'DROP', policy_out: 'DROP' },
  });
  const changes = (await place.changes()).filter((change) => change.includes(guest));
  expect(changes.at(-1)).toBe(`POST ${guest}/status/start`);
  expect((await place.outputs())['service_host']?.value).toMatchObject({ name, vmid });
});

it('one is taken away and leaves the other, the pool and the template', async () => {
  await to('github-host');
  const { exitCode, text } = await place.run('destroy', '-auto-approve');
  expect(exitCode, text).toBe(0);
  const left = (await place.api('GET', 'cluster/resources?type=vm')) as { vmid: number }[];
  expect(left.map(({ vmid }) => vmid).sort()).toEqual([120, 141]);
  await to('host');
  expect((await place.plan()).exitCode).toBe(0);
});
