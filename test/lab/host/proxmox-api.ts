import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { inNetwork } from '../../../lab/host/network.ts';
import type { RunningLab } from '../running-lab.ts';

/** Calls the Proxmox double from inside the lab's network, and waits for the task. @throws Error  refused */
export type ProxmoxApi = (
  method: string,
  path: string,
  form?: Readonly<Record<string, string>>,
) => Promise<unknown>;

export async function proxmoxApi(lab: RunningLab): Promise<ProxmoxApi> {
  const { namespace = '', ports } = await lab.record();
  const token = (await readFile(lab.paths.proxmoxToken, 'utf8')).trim();
  const base = `https://198.18.0.1:${String(ports.proxmox)}/api2/json/`;
  const call: ProxmoxApi = async (method, path, form = {}) => {
    const data = Object.entries(form).flatMap(([key, value]) => [
      ...['--data-urlencode', `${key}=${value}`],
    ]);
    const curl = ['curl', '-s', '--cacert', lab.paths.caCertificate, '-H', '@-', '-X', method];
    const [program, ...args] = [...inNetwork(namespace), ...curl, ...data, `${base}${path}`];
    const input = `Authorization: PVEAPIToken=${token}`;
    const { stdout } = await execa(program, args, { input });
    const answer = JSON.parse(stdout) as { data: unknown; message?: string };
    if (answer.message !== undefined) throw new Error(answer.message);
    return answer.data;
  };
  return async (method, path, form) => {
    const data = await call(method, path, form);
    if (typeof data !== 'string' || !data.startsWith('UPID:')) return data;
    const [, node = ''] = data.split(':');
    const status = await call('GET', `nodes/${node}/tasks/${encodeURIComponent(data)}/status`);
    const { exitstatus } = status as { exitstatus: string };
    if (exitstatus !== 'OK') throw new Error(exitstatus);
    return data;
  };
}
