import { at } from '../../src/review/reach/view.ts';
import { blocksOf, type Json } from '../../src/synthesized/resource.ts';
import { isOpen } from './reading/networks.ts';
import { found, type Rule } from './reading/rule.ts';

export const rule: Rule = {
  id: 'infisical-trusted-ips',
  severity: 'warning',
  title: 'A client secret works from its own addresses alone',
  explanation:
    'Without trusted IPs, whoever has the client secret is the identity, from anywhere. A self-hosted ' +
    'Infisical without a paid plan refuses them; its firewall has to stand in (output infisical_firewall).',
  fix: '`infisical.plan: pro`, or keep Infisical closed by its firewall.',
  check: (view) =>
    view.of('infisical_identity_universal_auth').flatMap((located) =>
      ['client_secret_trusted_ips', 'access_token_trusted_ips']
        .filter((attribute) => {
          const addresses = blocksOf(at(located, attribute) as Json | undefined).map(
            ({ ip_address: address }) => address,
          );
          return (
            addresses.length === 0 ||
            addresses.some((one) => typeof one !== 'string' || isOpen(one))
          );
        })
        .map((attribute) => found(located, `${attribute} lets everybody in`, attribute)),
    ),
};
