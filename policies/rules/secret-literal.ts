import type { JsonObject, Stack } from '../../src/synthesized/resource.ts';
import { textsIn } from './reading/arguments.ts';
import { foundAt, type Found, type Rule } from './reading/rule.ts';

/** Forms that are a secret and nothing else; a checksum and an id of a project are not among them. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/, 'a private key'],
  [/AGE-SECRET-KEY-1/i, 'an age private key'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an AWS access key'],
  [/\b(hv[sbr]|[sbr])\.[A-Za-z0-9_-]{20,}/, 'an OpenBao token'],
  [/\b(ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}/, 'a GitHub token'],
  [/\bglpat-[A-Za-z0-9_-]{16,}/, 'a GitLab token'],
  [/\bsk-[A-Za-z0-9_-]{16,}/, 'an API key'],
  [/\bdp\.(pt|st|ct|sa)\.[A-Za-z0-9.]{20,}/, 'a Doppler token'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\./, 'a JSON web token'],
  [/^[\w.+-]+@[\w-]+![\w-]+=[0-9a-f-]{36}$/, 'a Proxmox API token'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^/\s@:]*:[^/\s@$]+@/i, 'a URL with a password in it'],
];

export const rule: Rule = {
  id: 'secret-literal',
  severity: 'error',
  title: 'No text that is a secret by its form',
  explanation: 'Whatever stands in the output is in cdktf.out, in plan files and in state.',
  fix: 'Remove it, and replace it where it is valid: it has been on a disk in the clear.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => [
      ...stack.resources.flatMap(({ address, body, constructPath }) =>
        secrets(stack, address, body, constructPath),
      ),
      ...Object.entries(stack.blocks)
        .filter(([block]) => block !== '//')
        .flatMap(([block, body]) => secrets(stack, block, { [block]: body }, undefined)),
    ]),
};

function secrets(
  stack: Stack,
  address: string,
  body: JsonObject,
  constructPath: string | undefined,
): readonly Found[] {
  return textsIn(body).flatMap(({ path, text }) => {
    const form = forms.find(([pattern]) => pattern.test(text));
    return form === undefined
      ? []
      : [{ ...foundAt(stack, address, `${path} holds ${form[1]}`, path), constructPath }];
  });
}
