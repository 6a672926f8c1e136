import type { Declaration } from '../config/declaration.ts';
import { resolveConsumers, type Consumer } from './consumer.ts';
import { resolveEngines, type Engines } from './engines.ts';
import { openbaoFirewall, openbaoPorts, type FirewallRule, type OutboundRule } from './firewall.ts';
import { resolveGithub, type Github } from './github.ts';
import { resolveInfisical, type Infisical } from './infisical.ts';
import { brokerRole, roleArn, stackNames, type StackName } from './names.ts';
import { openbaoOutbound } from './openbao-outbound.ts';
import { resolveProfiles, type Profile } from './profile.ts';
import { resolveProxy, type Proxy } from './proxy.ts';
import { resolveSecrets, type Secret } from './secret.ts';
import { resolveServiceHosts, type ServiceHost } from './service-host.ts';
import { resolveWorkflows, type Workflows } from './workflows.ts';

/** The declaration with everything derived that two stacks, or a stack and a client, must agree on. */
export interface Backbone {
  readonly declaration: Declaration;
  /** Where relative paths of the declaration start. */
  readonly directory: string;
  readonly profiles: readonly Profile[];
  readonly secrets: readonly Secret[];
  readonly consumers: readonly Consumer[];
  /** What may reach the OpenBao hosts, */
  readonly firewall: readonly FirewallRule[];
  /** and what they may reach. */
  readonly outbound: readonly OutboundRule[];
  readonly brokerRoleArn: string;
  /** Base URL of the OpenBao API. */
  readonly openbaoAddress: string;
  /** Undefined where no run of GitHub Actions may log in. */
  readonly workflows: Workflows | undefined;
  /** Undefined where it is not used. */
  readonly infisical: Infisical | undefined;
  /** Undefined where none is declared. */
  readonly engines: Engines | undefined;
  /** Undefined where none is declared. */
  readonly proxy: Proxy | undefined;
  /** Undefined where it is not used. */
  readonly github: Github | undefined;
  /** Hosts of the GitHub broker and the egress proxy, where these are declared. */
  readonly serviceHosts: readonly ServiceHost[];
  /** Stacks of this declaration, in the order in which they build on each other. */
  readonly stacks: readonly StackName[];
}

/**
 * Pure: the same declaration gives the same backbone, in an order that does not depend on the file's.
 *
 * @param directory  directory of the declaration; default the working directory
 */
export function resolveBackbone(declaration: Declaration, directory = '.'): Backbone {
  const byName = <T extends { readonly name: string }>(all: readonly T[]) =>
    [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
  const consumers = byName(resolveConsumers(declaration));
  const infisical = resolveInfisical(declaration);
  const engines = resolveEngines(declaration);
  const proxy = resolveProxy(declaration);
  const github = resolveGithub(declaration);
  const openbaoAddress = declaration.openbao.address ?? defaultAddress(declaration);
  const serviceHosts = resolveServiceHosts(declaration, { github, proxy, openbaoAddress });
  const made = (stack: StackName) =>
    serviceHosts.find((host) => host.stack === stack && host.container !== undefined);
  const optional: Readonly<Record<string, unknown>> = {
    ...{ infisical, engines, github },
    'github-host': made('github-host'),
    'proxy-host': made('proxy-host'),
  };
  return {
    declaration,
    directory,
    profiles: byName(resolveProfiles(declaration)),
    secrets: [...resolveSecrets(declaration)].sort((a, b) => (a.path < b.path ? -1 : 1)),
    consumers,
    firewall: openbaoFirewall(declaration, consumers),
    outbound: openbaoOutbound(declaration),
    brokerRoleArn: roleArn(declaration.aws.account, brokerRole),
    openbaoAddress,
    workflows: resolveWorkflows(declaration.openbao, openbaoAddress),
    infisical,
    engines,
    proxy,
    github,
    serviceHosts,
    stacks: stackNames.filter(
      (name) => !Object.hasOwn(optional, name) || optional[name] !== undefined,
    ),
  };
}

function defaultAddress(declaration: Declaration): string {
  const [first] = declaration.openbao.nodes;
  if (first === undefined) throw new Error('a declaration without OpenBao nodes was not refused');
  return nodeAddress(first);
}

/** Base URL of the API of one node. */
export function nodeAddress({ address }: Declaration['openbao']['nodes'][number]): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `https://${host}:${String(openbaoPorts.api)}`;
}
