import { kvMetadata, kvReaders } from './reading/kv.ts';
import { found, type Rule } from './reading/rule.ts';

const year = 366 * 86_400;

export const rule: Rule = {
  id: 'kv-rotation',
  severity: 'error',
  title: 'A static secret has an owner and a date for its rotation',
  explanation:
    'Rung 2 is short-lived access to a value that is not: whoever has read it once has it until it is ' +
    'replaced. Without owner and interval nobody does that.',
  fix: 'Declare the secret with `owner` and `rotateEvery`; `backbone status` says when it is due.',
  check: (view) => {
    const declared = kvMetadata(view);
    return [
      ...declared.flatMap(({ located, path, metadata }) => {
        const every = Number(metadata?.['rotate_every_seconds'] ?? Number.NaN);
        const owned = typeof metadata?.['owner'] === 'string' && metadata['owner'] !== '';
        return [
          ...(every > 0 && every <= year
            ? []
            : [found(located, `${path} is not rotated every year`, 'rotate_every_seconds')]),
          ...(owned ? [] : [found(located, `${path} has no owner`, 'owner')]),
        ];
      }),
      ...kvReaders(view)
        .filter(({ secret }) => !declared.some(({ path }) => path === secret))
        .map(({ located, secret }) =>
          found(located, `it reads ${secret}, whose rotation nothing declares`, secret),
        ),
    ];
  },
};
