import { blocksOf } from '../../src/synthesized/resource.ts';
import { meansFlag } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'lock-table-recovery',
  severity: 'error',
  title: 'A lock table can be had back',
  explanation:
    'It holds the checksum of every state: without them a stale state passes for the current one.',
  fix: 'point_in_time_recovery { enabled = true }.',
  check: (view) =>
    view
      .of('aws_dynamodb_table')
      .filter(
        ({ resource }) =>
          !blocksOf(resource.body['point_in_time_recovery']).some(({ enabled }) =>
            meansFlag(enabled, true),
          ),
      )
      .map((table) => found(table, 'it has no point-in-time recovery')),
};
