import { parseArgs } from 'node:util';
import { pct, PctError } from './pct.ts';
import { labPaths } from '../paths.ts';

const usage = `usage: pct config VMID | mount VMID | unmount VMID | start VMID | status VMID
       pct push VMID FILE DESTINATION [--perms 600] [--user 0] [--group 0]
The double of a Proxmox VE host's pct, for the containers of the lab (BACKBONE_LAB).
`;

async function main(): Promise<string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { perms: { type: 'string' }, user: { type: 'string' }, group: { type: 'string' } },
  });
  const [command, vmid = '', file = '', destination = ''] = positionals;
  if (!/^[1-9][0-9]{2,8}$/.test(vmid)) throw new PctError(usage);
  const container = await pct(labPaths().hosts, Number(vmid));
  switch (command) {
    case 'mount':
      return `mounted CT ${vmid} in '${await container.mount()}'`;
    case 'unmount':
      await container.unmount();
      return '';
    case 'config':
      return container.config();
    case 'start':
      await container.start();
      return '';
    case 'status':
      return `status: ${await container.status()}`;
    case 'push':
      await container.push(file, destination, {
        mode: parseInt(values.perms ?? '644', 8),
        uid: number(values.user),
        gid: number(values.group),
      });
      return '';
    case undefined:
    default:
      throw new PctError(usage);
  }
}

function number(text = '0'): number {
  if (!/^\d+$/.test(text)) throw new PctError('the double takes users and groups by number');
  return Number(text);
}

try {
  const said = await main();
  if (said !== '') process.stdout.write(`${said}\n`);
} catch (error) {
  if (!(error instanceof PctError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 255;
}
