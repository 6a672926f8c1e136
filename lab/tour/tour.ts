import { makeOperator, openSession } from '../identity.ts';
import type { Progress } from '../parts/part.ts';
import type { Lab } from '../lab.ts';
import { labUp } from '../up.ts';
import { showAwsSession } from './aws-session.ts';
import { showBootstrap } from './bootstrap.ts';
import { chooseCast } from './cast.ts';
import { showEngines } from './engines.ts';
import { showGithub } from './github.ts';
import { showInfisical } from './infisical.ts';
import { showKvSecret } from './kv-secret.ts';
import { Proofs, type Proof } from './proof.ts';
import { showProxy } from './proxy.ts';
import { keptValue, showUnifi } from './unifi.ts';

/**
 * Shows on the deployed lab what the backbone allows, and next to each what it denies.
 *
 * @throws OpenBaoError  the stacks are not deployed
 */
export async function labTour(lab: Lab, show: Progress): Promise<readonly Proof[]> {
  const cast = chooseCast(lab.backbone);
  await makeOperator(lab);
  const { connection: operator } = await openSession(lab);
  const wrapTtl = lab.backbone.declaration.openbao.wrapTtl.min;
  const proofs = new Proofs(show);
  const consumers = await showBootstrap({ operator, wrapTtl, cast }, proofs);
  await showAwsSession(lab, consumers.minter, cast, proofs);
  const kept = await keptValue(operator, cast);
  await showKvSecret({ ...consumers, operator }, cast, proofs);
  await showEngines(lab, { operator, wrapTtl, cast }, proofs);
  await showInfisical(lab, operator, proofs);
  await showUnifi(lab, { operator, wrapTtl, cast }, kept, proofs);
  // What is a consumer itself waited for the stacks; the value that the proxy adds is there by now.
  const whole = await labUp({ progress: show, paths: lab.paths });
  await showGithub(whole, { operator, wrapTtl, cast }, proofs);
  await showProxy(whole, cast, proofs);
  return proofs.all;
}
