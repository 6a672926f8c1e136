import { describe, expect, it } from 'vitest';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';

const rules = (overrides: Partial<DeclarationInput> = {}) =>
  resolveBackbone(declare(overrides)).firewall.map(
    ({ port, source }) => `${String(port)} from ${source}`,
  );

describe('the firewall of OpenBao', () => {
  it('lets in the declared sources on the API, operators on SSH, and nobody else', () => {
    expect(rules()).toEqual([
      '8200 from 192.0.2.30/32',
      '8200 from 192.0.2.31/32',
      '8200 from 192.0.2.32/32',
      '8200 from 192.0.2.33/32',
      '8200 from 192.0.2.40/32',
      '8200 from 198.51.100.0/28',
      '8200 from 198.51.100.16/28',
      '8200 from 203.0.113.7/32',
      '22 from 203.0.113.7/32',
    ]);
  });

  it('opens the raft port between three nodes only', () => {
    const nodes = [20, 21, 22].map((last) => ({
      name: `openbao-${String(last)}`,
      vmid: 100 + last,
      address: `192.0.2.${String(last)}`,
    }));
    const three = rules({ openbao: { ...input.openbao, nodes } });

    expect(three.filter((rule) => rule.startsWith('8201'))).toEqual([
      '8201 from 192.0.2.20/32',
      '8201 from 192.0.2.21/32',
      '8201 from 192.0.2.22/32',
    ]);
    expect(three).toContain('8200 from 192.0.2.21/32');
  });

  it('opens the port of metrics to whoever scrapes them, where that is declared', () => {
    expect(rules().filter((rule) => rule.startsWith('8202'))).toEqual([]);
    const metrics = { from: ['192.0.2.70/32'] };
    const open = rules({ openbao: { ...input.openbao, metrics } });
    // That port, and no other for it.
    expect(open.filter((rule) => !rules().includes(rule))).toEqual(['8202 from 192.0.2.70/32']);
  });

  it('names a source once, however many identities share it', () => {
    const shared = { from: ['192.0.2.30/32'] };
    const identities = { apply: shared, plan: shared, issuer: shared, responder: shared };
    const api = rules({ openbao: { ...input.openbao, identities } });
    expect(api.filter((rule) => rule === '8200 from 192.0.2.30/32')).toHaveLength(1);
  });
});
