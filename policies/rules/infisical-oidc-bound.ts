import { textAt, textsAt } from '../../src/review/reach/view.ts';
import { foundIn } from './reading/arguments.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'infisical-oidc-bound',
  severity: 'error',
  title: 'A workflow proves exactly which one it is',
  explanation:
    'A subject with a wildcard, or none, is every branch and every pull request, those of strangers ' +
    'included. Without an audience, a token that was made for another server logs in.',
  fix: 'bound_subject for one environment, branch or tag of one repository; bound_audiences; https.',
  check: (view) =>
    view.of('infisical_identity_oidc_auth').flatMap((located) => {
      const subject = textAt(located, 'bound_subject') ?? '';
      const audiences = textsAt(located, 'bound_audiences');
      const plain = ['oidc_discovery_url', 'bound_issuer'].filter(
        (attribute) => textAt(located, attribute)?.startsWith('https://') !== true,
      );
      return [
        ...(subject === '' || /[*?]/.test(subject)
          ? [foundIn(located, 'bound_subject', 'it is bound to no exact subject')]
          : []),
        ...(audiences === undefined || audiences.length === 0
          ? [found(located, 'it takes tokens for any audience', 'bound_audiences')]
          : []),
        ...plain.map((attribute) => foundIn(located, attribute, 'it is no https URL')),
      ];
    }),
};
