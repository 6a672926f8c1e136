import type { Declaration } from '../config/declaration.ts';
import type { DatabaseDeclaration } from '../config/engines.ts';
import { hostCidr } from './consumer.ts';
import {
  openbaoPorts,
  outboundTo,
  packagesOut,
  siteNetworks,
  type OutboundRule,
} from './firewall.ts';

/**
 * What an OpenBao host may reach beside its name servers: its peers, AWS, whoever it asks about a login, its
 * databases, Debian, and what is declared. The Proxmox firewall and the host's own are both made from it.
 */
export function openbaoOutbound(declaration: Declaration): readonly OutboundRule[] {
  const { aws, openbao, engines } = declaration;
  const { operatorAuth, workflows } = openbao;
  const user = 'openbao';
  const logins = [
    ...(operatorAuth.kind === 'oidc' ? [operatorAuth.discoveryUrl] : []),
    ...(workflows === undefined ? [] : [workflows.issuer]),
  ];
  return [
    ...peers(openbao.nodes),
    toAws('AWS STS', user, aws.endpoints?.sts),
    ...(aws.identity.kind === 'roles-anywhere'
      ? [toAws('IAM Roles Anywhere', 'aws-identity', aws.endpoints?.rolesanywhere)]
      : [
          toAws('AWS STS', 'aws-identity', aws.endpoints?.sts),
          toAws('AWS IAM', 'aws-identity', aws.endpoints?.iam),
        ]),
    ...logins.map((url) => outboundTo('OIDC issuer', user, url)),
    ...Object.entries(engines.databases).map(([name, database]) => toDatabase(name, database)),
    ...packagesOut,
    ...openbao.outbound,
  ];
}

function peers(nodes: Declaration['openbao']['nodes']): readonly OutboundRule[] {
  if (nodes.length < 2) return [];
  const to = nodes.map(({ address }) => hostCidr(address));
  return [
    { port: openbaoPorts.api, user: 'openbao' },
    // It asks whether the leader that a standby names is still there.
    { port: openbaoPorts.api, user: 'openbao-snapshot' },
    { port: openbaoPorts.cluster, user: 'openbao' },
  ].map((rule) => ({ comment: 'OpenBao peers', to, ...rule }));
}

/** AWS's own endpoints have no fixed addresses. A declared one may be an address. */
function toAws(comment: string, user: string, endpoint: string | undefined): OutboundRule {
  return endpoint === undefined
    ? { comment, port: 443, to: 'public', user }
    : outboundTo(comment, user, endpoint);
}

function toDatabase(name: string, { host, port }: DatabaseDeclaration): OutboundRule {
  const authority = host.includes(':') ? `[${host}]` : host;
  const rule = outboundTo(`Database ${name}`, 'openbao', `https://${authority}:${String(port)}`);
  return rule.to === 'public' ? { ...rule, to: siteNetworks } : rule;
}
