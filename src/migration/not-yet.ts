import type { Backbone } from '../model/backbone.ts';
import type { ClassPlan } from './row.ts';

/** Classes whose target this version cannot serve. It says so, and proves nothing. */
function notYet(
  plan: Pick<ClassPlan, 'was' | 'target' | 'back' | 'next'>,
  missing: (backbone: Backbone) => readonly string[],
): ClassPlan {
  return { ...plan, missing, prove: () => Promise.resolve([]) };
}

const infisical = ({ declaration }: Backbone) => [
  ...(declaration.infisical.enabled ? [] : ['infisical.enabled is false']),
  'this version does not try out Infisical: whether the target path works is not known',
];

const backToDoppler =
  'Doppler keeps its values until it is decommissioned: `doppler run` as before';

export const aiModelKeys = notYet(
  {
    was: 'keychain, or Doppler',
    target: 'Infisical, injected at container create',
    back: backToDoppler,
    next: {
      current: 'run Infisical and move the values there',
      dual: 'take the values out of the keychain and Doppler',
    },
  },
  infisical,
);

export const appRuntimeEnv = notYet(
  {
    was: 'Doppler: `doppler run`',
    target: 'Infisical: `infisical run`',
    back: backToDoppler,
    next: {
      current: 'run Infisical and move the values there',
      dual: 'take the project out of Doppler',
    },
  },
  infisical,
);

export const githubActionsSecrets = notYet(
  {
    was: 'Doppler sync, or by hand',
    target: 'Infisical sync',
    back: 'switch the sync of Doppler on again: GitHub keeps the last value that it was given',
    next: {
      current: 'run Infisical and let it sync one repository, with deletion off',
      dual: 'switch the sync of Doppler off',
    },
  },
  infisical,
);
