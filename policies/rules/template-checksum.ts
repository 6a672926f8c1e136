import { foundIn, isSet } from './reading/arguments.ts';
import { textAt } from '../../src/review/reach/view.ts';
import type { Rule } from './reading/rule.ts';

const algorithms = ['sha256', 'sha384', 'sha512'];

export const rule: Rule = {
  id: 'template-checksum',
  severity: 'error',
  title: 'A template is the one that was looked at',
  explanation: 'Without a checksum, whoever serves the template owns every container made from it.',
  fix: 'Set checksum and checksum_algorithm (sha256 or longer).',
  check: (view) =>
    view
      .of('proxmox_download_file')
      .flatMap((located) => [
        ...(isSet(located, 'checksum') ? [] : [foundIn(located, 'checksum', 'it is taken unseen')]),
        ...(algorithms.includes(textAt(located, 'checksum_algorithm') ?? '')
          ? []
          : [foundIn(located, 'checksum_algorithm', 'its checksum proves nothing')]),
      ]),
};
