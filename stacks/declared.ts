import type { Construct } from 'constructs';
import type { Backbone } from '../src/model/backbone.ts';
import type { StackName } from '../src/model/names.ts';
import type { ServiceHost } from '../src/model/service-host.ts';
import { AwsTrustStack, type AwsTrustProps } from './aws-trust.ts';
import { EnginesStack } from './engines.ts';
import { GithubStack } from './github.ts';
import { HostStack } from './host.ts';
import { InfisicalStack } from './infisical.ts';
import { OpenBaoStack } from './openbao.ts';
import { ServiceHostStack } from './service-host.ts';
import type { BackboneStack } from './stack.ts';

/** A stack that the declaration asks for, not yet made. */
export interface DeclaredStack {
  readonly name: StackName;
  readonly make: (scope: Construct) => BackboneStack;
}

/** Every stack of the declaration, in the order in which they build on each other. */
export function declaredStacks(
  backbone: Backbone,
  { caCertificate }: AwsTrustProps,
): readonly DeclaredStack[] {
  const serviceHost = (stack: ServiceHost['stack']) =>
    declared(backbone.serviceHosts.find((host) => host.stack === stack));
  const makers: Readonly<Record<StackName, DeclaredStack['make']>> = {
    host: (scope) => new HostStack(scope, backbone),
    'github-host': (scope) => new ServiceHostStack(scope, backbone, serviceHost('github-host')),
    'proxy-host': (scope) => new ServiceHostStack(scope, backbone, serviceHost('proxy-host')),
    'aws-trust': (scope) => new AwsTrustStack(scope, backbone, { caCertificate }),
    openbao: (scope) => new OpenBaoStack(scope, backbone),
    engines: (scope) => new EnginesStack(scope, backbone, declared(backbone.engines)),
    infisical: (scope) => new InfisicalStack(scope, backbone, declared(backbone.infisical)),
    github: (scope) => new GithubStack(scope, backbone),
  };
  return backbone.stacks.map((name) => ({ name, make: makers[name] }));
}

function declared<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('a stack was asked for whose part is not declared');
  return part;
}
