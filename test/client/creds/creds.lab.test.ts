import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintingDeployment, role, type Minting, type Printed } from './minting.ts';

let lab: Minting;
beforeAll(async () => {
  lab = await mintingDeployment();
});
afterAll(() => lab.stop());

describe('creds aws', () => {
  it('prints exactly what an SDK reads, and the session works', async () => {
    const began = Date.now();
    const ran = await lab.bundle(['creds', 'aws', 'proxmox'], await lab.asAgent());
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0, stderr: '' });
    const printed = JSON.parse(ran.stdout) as Printed;
    console.log(Object.keys(printed), printed.Expiration, await lab.mints(), role, began);
    const who = await lab.aws.json(printed, 'sts', 'get-caller-identity');
    console.log(who);
  });
});
