import type { Cidr } from '../config/brands.ts';
import type { Declaration } from '../config/declaration.ts';
import { hostCidr, type Consumer } from './consumer.ts';

/** One inbound allowance; what no rule names is dropped. */
export interface FirewallRule {
  readonly comment: string;
  readonly port: number;
  readonly source: Cidr;
}

export const openbaoPorts = { api: 8200, cluster: 8201, ssh: 22 } as const;

/**
 * Inbound rules of an OpenBao container: the API from every declared source, raft between the nodes,
 * SSH from the operators. One rule a source and port, sorted, so that a diff shows who came and went.
 */
export function openbaoFirewall(
  declaration: Declaration,
  consumers: readonly Consumer[],
): readonly FirewallRule[] {
  const nodes = declaration.openbao.nodes.map((node) => hostCidr(node.address));
  const operators = consumers.filter((consumer) => consumer.kind === 'operator');
  const identities = Object.values(declaration.openbao.identities).flatMap(({ from }) => from);
  const peers = nodes.length > 1 ? nodes : [];
  return [
    ...rules('OpenBao API', openbaoPorts.api, [
      ...consumers.flatMap(({ from }) => from),
      ...identities,
      ...peers,
    ]),
    ...rules('OpenBao raft', openbaoPorts.cluster, peers),
    ...rules(
      'SSH from an operator',
      openbaoPorts.ssh,
      operators.flatMap(({ from }) => from),
    ),
  ];
}

function rules(comment: string, port: number, from: readonly Cidr[]): readonly FirewallRule[] {
  return [...new Set(from)].sort().map((source) => ({ comment, port, source }));
}
