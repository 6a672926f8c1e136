import { describe, expect, it } from 'vitest';
import { graphOf, withFolderClasses } from '../../src/review/graph/graph.ts';
import { asMermaid } from '../../src/review/graph/mermaid.ts';
import { marked } from '../../src/review/graph/marks.ts';
import { asPage } from '../../src/review/graph/page.ts';
import { duration } from '../../src/review/graph/words.ts';
import { grantsOf, type Grant } from '../../src/review/reach/grants.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';
import { example, replacing } from './example.ts';

const inPolicy = (text: string) => JSON.stringify(text).slice(1, -1);
const base = grantsOf(example());
const [one] = base;
if (one === undefined) throw new Error('the example gives something');

const marksOf = (after: Synthesized) => [
  ...new Set(marked(base, grantsOf(after)).map(({ mark }) => mark)),
];
const openbao = (from: string, to: string) => example({ openbao: replacing(from, to) });

describe('marks of a review', () => {
  const ofUnpoller = 'path "kv/data/unifi/exporter" {\n  capabilities = ["read"]';
  it.each<readonly [string, Synthesized, readonly string[]]>([
    ['nothing', example(), ['same']],
    ['longer', openbao('"token_ttl": 600', '"token_ttl": 900'), ['same', 'widened']],
    ['shorter', openbao('"token_ttl": 600', '"token_ttl": 300'), ['same', 'narrowed']],
    [
      'more uses',
      openbao('"secret_id_num_uses": 1', '"secret_id_num_uses": 0'),
      ['same', 'widened'],
    ],
    [
      'a capability more',
      openbao(inPolicy(ofUnpoller), inPolicy(ofUnpoller.replace('["read"', '["read", "list"'))),
      ['same', 'widened'],
    ],
    [
      'a parameter free',
      openbao(inPolicy(`${ofUnpoller}\n  denied_parameters = { "*" = [] }`), inPolicy(ofUnpoller)),
      ['same', 'widened'],
    ],
    [
      'another path',
      openbao(inPolicy('path "kv/data/unifi/exporter"'), inPolicy('path "kv/data/unifi/other"')),
      ['same', 'removed', 'added'],
    ],
    [
      'a type that nobody knows',
      openbao('"vault_mount": {', '"vault_token": { "x": {} }, "vault_mount": {'),
      ['same', 'unknown'],
    ],
  ])('%s', (_, after, marks) => {
    expect(marksOf(after).sort()).toEqual([...marks].sort());
  });

  it('says of each attribute what it was', () => {
    const after = grantsOf(openbao('"token_ttl": 600', '"token_ttl": 900'));
    const differences = marked(base, after).flatMap((found) => found.differences);
    expect(new Set(differences)).toEqual(new Set(['lives: 10 min → 15 min']));
  });
});

describe('the graph', () => {
  const graph = graphOf(base);

  it('has each box once, and every way goes from left to right through boxes that are there', () => {
    const columns = ['who', 'login', 'policy', 'session', 'resource'];
    const at = new Map(graph.nodes.map(({ id, column }) => [id, columns.indexOf(column)]));
    expect(at.size).toBe(graph.nodes.length);
    for (const { path } of graph.grants) {
      const places = path.map((id) => at.get(id) ?? -1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(places[0]).toBe(0);
      expect(places.at(-1)).toBe(4);
    }
  });

  it('says every step and every limit', () => {
    const found = graph.grants.find(
      ({ subject, resource }) => subject === 'approle plan-runner' && resource.endsWith('.tfstate'),
    );
    expect(found?.steps.map(({ address }) => address)).toEqual(found?.chain);
    expect(found?.limits).toEqual([
      'session lives 15 min',
      'at most 30 min',
      'SecretID works once',
      'minted from 203.0.113.20/32; then used from anywhere',
    ]);
  });

  it('takes the class of a folder from the declaration', () => {
    const folders = new Map([['/ai', 'ai-model-keys'] as const]);
    const classes = withFolderClasses(base, folders)
      .filter(({ resource }) => resource === 'infisical://homelab/prod/ai')
      .map(({ secretClass }) => secretClass);
    expect(classes).toEqual(['ai-model-keys']);
  });

  it('is the same text for the same input', () => {
    expect(JSON.stringify(graphOf(grantsOf(example())))).toBe(JSON.stringify(graph));
  });

  it.each([
    [1, '1 s'],
    [900, '15 min'],
    [5400, '1 h 30 min'],
    [604_800, '7 d'],
    [0, '0 s'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

describe('as text', () => {
  const hostile = '"]; click n0 "javascript:alert(1)" </script><!-- `#quot;` \u2028\u202e\n%% x';
  const named: Grant = { ...one, consumer: hostile, subject: hostile, resource: hostile, rung: 2 };
  const graph = graphOf([named]);

  it('Mermaid: a hostile name ends no label and begins no line', () => {
    const lines = asMermaid(graph).split('\n');
    expect(lines[0]).toBe('flowchart LR');
    for (const line of lines.slice(1))
      expect(line).toMatch(/^ {2}n\d+(\["[^"]*"\]| -->(\|"[^"]*"\|)? n\d+)$/);
  });

  it('Mermaid: what consumers reach; of a review only what changed', () => {
    expect(asMermaid(graphOf(base))).toContain('kv/data/unifi/exporter');
    expect(asMermaid(graphOf(base))).not.toContain('sys/policies');
    const after = grantsOf(openbao('"token_ttl": 600', '"token_ttl": 900'));
    const review = asMermaid(graphOf(after, { base: 'main', grants: base, changes: [] }));
    expect(review).toContain('▲ wider: ');
    expect(review).not.toContain('unpoller');
  });

  it('the page: data cannot end its element, and nothing may be asked for', () => {
    const page = asPage(graph, { script: 'run()', style: 'a {}' });
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(page).not.toContain('\u2028');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/unsafe|https?:\/\/[^"]*\.(js|css)/);
    expect(() => asPage(graph, { script: '"</script>"', style: '' })).toThrow();
  });
});
