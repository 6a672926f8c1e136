import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkCaFile, openbaoPlaces } from '../../src/doctor/openbao.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { declare, input, type DeclarationInput } from '../fixtures/declaration.ts';

type OpenBao = DeclarationInput['openbao'];

const node = (last: number) => ({
  name: `openbao-${String(last)}`,
  vmid: 119 + last,
  address: `192.0.2.2${String(last)}`,
});
const three = [node(1), node(2), node(3)];

function looked(openbao: Partial<OpenBao>, env: NodeJS.ProcessEnv = {}) {
  const backbone = resolveBackbone(declare({ openbao: { ...input.openbao, ...openbao } }));
  return openbaoPlaces(env, backbone).map(({ address, suffix, used }) => [address, suffix, used]);
}

describe('doctor looks at', () => {
  it('the one node', () => {
    expect(looked({})).toEqual([['https://192.0.2.20:8200', '', true]]);
  });

  it('a declared address alone, where there is one node', () => {
    expect(looked({ address: 'https://bao.example.net' })).toEqual([
      ['https://bao.example.net', '', true],
    ]);
  });

  it('every node of a cluster, of which the first is spoken to', () => {
    expect(looked({ nodes: three })).toEqual([
      ['https://192.0.2.21:8200', ' openbao-1', true],
      ['https://192.0.2.22:8200', ' openbao-2', false],
      ['https://192.0.2.23:8200', ' openbao-3', false],
    ]);
  });

  it('a declared address and what is behind it', () => {
    const places = looked({ nodes: three, address: 'https://bao.example.net' });
    expect(places).toHaveLength(4);
    expect(places[0]).toEqual(['https://bao.example.net', '', true]);
    expect(places[3]).toEqual(['https://192.0.2.23:8200', ' openbao-3', false]);
  });

  it('the server of this shell, which may be a node', () => {
    expect(looked({ nodes: three }, { BAO_ADDR: 'https://192.0.2.22:8200/' })).toEqual([
      ['https://192.0.2.21:8200', ' openbao-1', false],
      ['https://192.0.2.22:8200', ' openbao-2', true],
      ['https://192.0.2.23:8200', ' openbao-3', false],
    ]);
    expect(looked({}, { BAO_ADDR: '', VAULT_ADDR: 'https://other.example.net' })).toEqual([
      ['https://other.example.net', '', true],
      ['https://192.0.2.20:8200', ' openbao-1', false],
    ]);
  });

  it('an IPv6 address as a URL has it', () => {
    expect(looked({ nodes: [{ ...node(1), address: '2001:db8::20' }] })[0]?.[0]).toBe(
      'https://[2001:db8::20]:8200',
    );
  });
});

describe('the CA file', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is not looked for under an empty name', async () => {
    vi.stubEnv('BAO_CACERT', '');
    vi.stubEnv('VAULT_CACERT', '');
    expect(await checkCaFile()).toEqual([]);
    vi.stubEnv('VAULT_CACERT', '/nonexistent/ca.pem');
    expect(await checkCaFile()).toMatchObject([
      { verdict: 'failed', found: '/nonexistent/ca.pem' },
    ]);
  });
});
