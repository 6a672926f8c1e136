import { App, Testing } from 'cdktf';
import { expect, it } from 'vitest';
import { compareReach } from '../../src/review/reach/compare.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';
import { declare } from '../fixtures/declaration.ts';

/** The stack `openbao` of the fixture, changed as its text is. */
function synthesized(change: (text: string) => string = (text) => text): Synthesized {
  const app = new App({ context: { targetVersions: { terraform: '>=1.11' } } });
  const text = Testing.synth(new OpenBaoStack(app, resolveBackbone(declare())));
  return { stacks: [parseStack('openbao', change(text), 'openbao')] };
}

const base = synthesized();

it.each<readonly [string, (text: string) => string, readonly string[]]>([
  ['nothing', (text) => text, []],
  ['a use more', replace('"secret_id_num_uses": 1', '"secret_id_num_uses": 2'), ['WIDENS']],
  ['uses without end', replace('"secret_id_num_uses": 1', '"secret_id_num_uses": 0'), ['WIDENS']],
  ['another address', replace('192.0.2.40/32', '192.0.2.0/24'), ['WIDENS']],
  [
    'the default policy',
    replace('"token_no_default_policy": true', '"token_no_default_policy": false'),
    ['UNKNOWN'],
  ],
  ['a description', replace('"description": "Machines', '"description": "All machines'), []],
  [
    'a type that nobody knows',
    replace('"vault_mount": {', '"vault_token": { "x": {} }, "vault_mount": {'),
    ['UNKNOWN'],
  ],
])('a change of reach: %s', (_, change, expected) => {
  const verdicts = compareReach(base, synthesized(change)).map(({ verdict }) => verdict);
  expect([...new Set(verdicts)]).toEqual(expected);
});

function replace(from: string, to: string): (text: string) => string {
  return (text) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };
}
