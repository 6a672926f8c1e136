import { expect, it } from 'vitest';
import { siteNetwork } from '../../../lab/host/site.ts';
import { declare } from '../../fixtures/declaration.ts';

it('has the gateway on the bridge and everybody who is no container on the other side', () => {
  const declaration = declare();
  const { addresses, elsewhere = [], seat } = siteNetwork(declaration);
  const { gateway, network } = declaration.proxmox;
  expect(addresses).toEqual([`${gateway}/${network.split('/')[1] ?? ''}`]);
  expect(elsewhere).toContain('198.18.0.1');
  expect(elsewhere).toContain(seat);
  const containers = declaration.openbao.nodes.map(({ address }) => address);
  for (const address of [gateway, ...containers]) expect(elsewhere).not.toContain(address);
});
