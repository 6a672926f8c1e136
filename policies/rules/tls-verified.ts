import { blocksOf, isObject, type JsonObject } from '../../src/synthesized/resource.ts';
import { meansFlag, meansSomething, textsIn } from './reading/arguments.ts';
import { foundAt, type Rule } from './reading/rule.ts';

/** Switches that turn the check of a certificate off. */
const switches = ['skip_tls_verify', 'insecure', 'skip_verify', 'insecure_skip_verify'];

const loopback = /^http:\/\/(127\.[0-9.]+|localhost|\[::1\])([:/]|$)/;

export const rule: Rule = {
  id: 'tls-verified',
  severity: 'error',
  title: 'Every server is reached by TLS, and its certificate is checked',
  explanation:
    'The provider sends a token that may write policies. Without the check, or over plain HTTP, it ' +
    'sends it to whoever answers.',
  fix: 'Use https and give the CA in the environment (BAO_CACERT, SSL_CERT_FILE). For OpenBao write skip_tls_verify = false, as the default is VAULT_SKIP_VERIFY of the shell.',
  check: ({ stacks }) =>
    stacks.flatMap((stack) => {
      const { provider } = stack.blocks;
      return Object.entries(isObject(provider) ? provider : {}).flatMap(([name, value]) =>
        blocksOf(value).flatMap((block) =>
          problems(name, block).map(([part, problem]) =>
            foundAt(stack, `provider.${name}`, problem, part),
          ),
        ),
      );
    }),
};

type Problem = readonly [part: string, problem: string];

function problems(name: string, block: JsonObject): readonly Problem[] {
  const off = switches
    .filter((one) => meansSomething(block[one]) && !meansFlag(block[one], false))
    .map((one): Problem => [one, 'it does not surely check the certificate']);
  const unsaid: readonly Problem[] =
    name === 'vault' && !meansSomething(block['skip_tls_verify'])
      ? [['skip_tls_verify', 'whether it checks the certificate is up to the shell']]
      : [];
  const plain = textsIn(block)
    .filter(({ text }) => text.startsWith('http:') && !loopback.test(text))
    .map(({ path }): Problem => [path, 'it speaks plain HTTP']);
  return [...off, ...unsaid, ...plain];
}
