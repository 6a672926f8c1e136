import { containerAddresses, containerNetwork, hostNames, vmids } from './addresses.ts';
import { classesServed } from './classes.ts';
import { databaseLifetimes, serviceLifetimes, sshLifetimes, sshPrincipals } from './engines.ts';
import { githubBroker, githubContexts } from './github.ts';
import { grants, injectedUnseen } from './grants.ts';
import {
  infisicalConsumers,
  infisicalLogins,
  infisicalTrustedIps,
} from './infisical-identities.ts';
import { infisicalLimits } from './infisical-limits.ts';
import { folderNames, infisicalEnvironments, infisicalPlaces } from './infisical-places.ts';
import {
  certificateLifetimes,
  profileLifetimes,
  rotation,
  secretIdLifetimes,
  tokenLifetimes,
  wrapLifetimes,
} from './lifetimes.ts';
import { operatorExists, reservedNames } from './names.ts';
import { fieldsOnce, pathBelowMount, terraformNames } from './paths.ts';
import {
  proxyConsumer,
  proxyPorts,
  upstreamAddresses,
  upstreamHeaders,
  upstreamSecrets,
} from './proxy.ts';
import type { Rule } from './rule.ts';
import { secretValues } from './secret-values.ts';
import { sourceMissing, sourceOverlap, sourceWidth } from './sources.ts';
import { locksApart, managedOnce, oneWriter, policyLength } from './states.ts';
import { text } from './text.ts';
import { pendingApart, rotatorsApart, unifiAccounts, unifiPasswordsOnce } from './unifi.ts';
import { workflowRuns } from './workflows.ts';

/** Every rule; where two of them speak of one field, the earlier one is heard. */
export const rules: readonly Rule[] = [
  text,
  secretValues,
  grants,
  injectedUnseen,
  unifiAccounts,
  unifiPasswordsOnce,
  pendingApart,
  rotatorsApart,
  sourceMissing,
  sourceWidth,
  vmids,
  containerAddresses,
  containerNetwork,
  hostNames,
  sourceOverlap,
  reservedNames,
  operatorExists,
  profileLifetimes,
  tokenLifetimes,
  secretIdLifetimes,
  certificateLifetimes,
  wrapLifetimes,
  rotation,
  oneWriter,
  locksApart,
  managedOnce,
  policyLength,
  terraformNames,
  pathBelowMount,
  fieldsOnce,
  sshLifetimes,
  sshPrincipals,
  databaseLifetimes,
  serviceLifetimes,
  proxyConsumer,
  upstreamSecrets,
  proxyPorts,
  upstreamAddresses,
  upstreamHeaders,
  infisicalEnvironments,
  infisicalPlaces,
  folderNames,
  infisicalConsumers,
  infisicalLogins,
  infisicalTrustedIps,
  infisicalLimits,
  workflowRuns,
  githubBroker,
  githubContexts,
  classesServed,
];
