import { textAt } from '../../src/review/reach/view.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'template-plain-http',
  severity: 'warning',
  title: 'A template is downloaded by TLS',
  explanation:
    'Its checksum is checked, so it cannot be changed on the way; who downloads it can be seen.',
  fix: 'Write an https URL where the mirror has one.',
  check: (view) =>
    view
      .of('proxmox_download_file')
      .filter((located) => textAt(located, 'url')?.startsWith('https://') !== true)
      .map((located) => found(located, 'its url is no https URL', 'url')),
};
