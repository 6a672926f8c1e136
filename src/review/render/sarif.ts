import type { Change } from '../reach/change.ts';
import { presentable } from './order.ts';

const rules = {
  WIDENS: ['reach-widens', 'error', 'Somebody may reach more than before.'],
  UNKNOWN: [
    'reach-unknown',
    'error',
    'What this gives could not be evaluated; it counts as widening.',
  ],
  NARROWS: ['reach-narrows', 'note', 'Somebody may reach less than before.'],
} as const;

/**
 * SARIF 2.1.0 (OASIS). Every result is placed in the declaration: what was synthesized stands in no file of the
 * repository.
 *
 * @param file    the declaration, relative to the repository
 * @param lineOf  its line that a change comes from. @default - the first
 */
export function asSarif(
  changes: readonly Change[],
  file: string,
  version: string,
  lineOf: (change: Change) => number = () => 1,
): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'backbone review',
            semanticVersion: version,
            rules: Object.values(rules).map(([id, level, text]) => ({
              ...{ id, shortDescription: { text } },
              defaultConfiguration: { level },
            })),
          },
        },
        results: presentable(changes).map((change) => {
          const { verdict, subject, what, before, after, chain } = change;
          return {
            ruleId: rules[verdict][0],
            level: rules[verdict][1],
            message: { text: `${subject}: ${what}: ${before} -> ${after} (${chain.join(' -> ')})` },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
                  region: { startLine: lineOf(change) },
                },
              },
            ],
            partialFingerprints: { change: JSON.stringify([verdict, subject, what]) },
          };
        }),
      },
    ],
  };
}
