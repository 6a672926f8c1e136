import ipaddr from 'ipaddr.js';
import type { Address, Cidr, Name, Seconds } from '../config/brands.ts';
import type { ConsumerDeclaration, Declaration } from '../config/declaration.ts';
import { resolveGrants, type Grant } from './grant.ts';
import { approlePaths, consumerPolicyName } from './names.ts';

/** A workload with an identity. */
export interface Consumer {
  readonly name: Name;
  readonly kind: ConsumerDeclaration['kind'];
  /** The only source addresses that its logins and tokens work from. */
  readonly from: readonly Cidr[];
  readonly grants: readonly Grant[];
  readonly policy: string;
  readonly paths: ReturnType<typeof approlePaths>;
  readonly tokenTtl: Seconds;
  readonly tokenMaxTtl: Seconds;
  readonly secretIdTtl: Seconds;
  /** Life of its client certificate; undefined for a consumer that lives for one start. */
  readonly certificateTtl: Seconds | undefined;
}

/** The network that holds this one address and nothing else. */
export function hostCidr(address: Address): Cidr {
  return `${address}/${ipaddr.parse(address).kind() === 'ipv4' ? '32' : '128'}` as Cidr;
}

/** For a container, the address that this same program gives to it; nobody types it twice. */
export function sources(consumer: ConsumerDeclaration): readonly Cidr[] {
  return consumer.kind === 'lxc' ? [hostCidr(consumer.container.address)] : consumer.from;
}

export function resolveConsumers(declaration: Declaration): readonly Consumer[] {
  return Object.entries(declaration.consumers).map(([key, declared]) => {
    const name = key as Name;
    return {
      name,
      kind: declared.kind,
      from: sources(declared),
      grants: resolveGrants(declaration, name, declared),
      policy: consumerPolicyName(name),
      paths: approlePaths(name),
      tokenTtl: declared.token.ttl,
      tokenMaxTtl: declared.token.maxTtl,
      secretIdTtl: declared.secretIdTtl,
      certificateTtl: declared.kind === 'lxc' ? declared.certificateTtl : undefined,
    };
  });
}
