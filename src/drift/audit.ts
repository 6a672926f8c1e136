import { z } from 'zod';
import { differs, extra, missing, type Finding } from './finding.ts';
import type { Server } from './server.ts';

/** Both stand in the server's own configuration (ansible/, lab/); a lost one is a lost half of the evidence. */
const devices = ['first', 'second'] as const;

const device = z.object({ type: z.string(), options: z.record(z.string(), z.string()).nullish() });

export async function auditDrift(server: Server): Promise<readonly Finding[]> {
  const there = Object.entries((await server.read('sys/audit')) ?? {}).map(
    ([name, value]) => [name.replace(/\/$/, ''), device.parse(value)] as const,
  );
  const names = there.map(([name]) => name);
  return [
    ...devices
      .filter((name) => !names.includes(name))
      .map((name) => missing(`audit device ${name}`)),
    ...there.flatMap(([name, { type, options }]) => {
      const what = `audit device ${name}`;
      if (!devices.some((one) => one === name)) return [extra(what, `type ${type}`)];
      return options?.['log_raw'] === 'true' ? [differs(what, 'writes secrets as they are')] : [];
    }),
  ];
}
