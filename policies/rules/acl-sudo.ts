import type { AclStanza } from '../../src/review/acl/parse.ts';
import { aclRules } from './reading/acl.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'acl-sudo',
  severity: 'error',
  title: 'Nobody has sudo',
  explanation:
    'sudo opens what the server itself guards: accessors of all tokens, audit devices, raw storage.',
  fix: 'Remove the capability, and the path that wants it.',
  reviewed: [
    {
      what: 'terraform-apply: sys/auth/approle, sys/auth/cert, sys/auth/operator, sys/auth/workflows',
      reason: 'The server demands sudo for enabling a login method; the paths are exact.',
    },
    {
      what: 'responder (list): auth/token/accessors',
      reason:
        'An incident ends the tokens that came of a stolen SecretID; the server demands sudo to list them.',
    },
    {
      what: 'auditor (list): auth/token/accessors; (read): sys/audit',
      reason:
        '`backbone drift` looks for tokens and audit devices that nobody declared; the server demands sudo for both. An accessor is no token.',
    },
  ],
  check: (view) =>
    aclRules(view)
      .filter(({ stanza }) => stanza.capabilities.includes('sudo'))
      .filter(({ policy, stanza }) => !isReviewed(policy, stanza))
      .map(({ located, stanza }) => found(located, `it has sudo on ${stanza.path}`, stanza.path)),
};

const loginMethods = [
  'sys/auth/approle',
  'sys/auth/cert',
  'sys/auth/operator',
  'sys/auth/workflows',
];

function isReviewed(policy: string, { path, capabilities }: AclStanza): boolean {
  if (policy === 'terraform-apply') return loginMethods.includes(path);
  const wanted = `${path} ${capabilities.join()}`;
  const lists = 'auth/token/accessors list,sudo';
  if (policy === 'auditor') return [lists, 'sys/audit read,sudo'].includes(wanted);
  return policy === 'responder' && wanted === lists;
}
