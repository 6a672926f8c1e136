import type { Backbone } from '../model/backbone.ts';
import type { Infisical, MachineIdentity } from '../model/infisical.ts';
import { asAdministrator } from './administrator.ts';
import { placeOf, probeConsumer, type Spot } from './consumer-probe.ts';
import type { Check, ClassPlan } from './row.ts';

/** What programs read as environment. Each consumer of a folder of the class is tried out. */
function appSecrets(
  secretClass: 'ai-model-keys' | 'app-runtime-env',
  plan: Pick<ClassPlan, 'was' | 'target' | 'back' | 'next'>,
): ClassPlan {
  return {
    ...plan,
    missing: (backbone) => {
      const { infisical } = backbone;
      if (infisical === undefined) return ['infisical.enabled is false'];
      return readersOf(backbone, infisical, secretClass).length === 0
        ? [`no identity is granted a folder of the class ${secretClass}`]
        : [];
    },
    prove: (place) =>
      asAdministrator(place, async (servers, infisical) => {
        const readers = readersOf(place.backbone, infisical, secretClass);
        const checks: Check[] = [];
        for (const { identity, folders } of readers) {
          const neighbour = neighbourOf(infisical, identity);
          checks.push(...(await probeConsumer(servers, identity, folders, neighbour)));
        }
        return checks;
      }),
  };
}

const backToDoppler =
  'Doppler keeps its values until it is decommissioned: `doppler run` as before';

export const aiModelKeys = appSecrets('ai-model-keys', {
  was: 'keychain, or Doppler',
  target: 'Infisical, injected at container create',
  back: backToDoppler,
  next: {
    current:
      'declare folders and identities, deploy infisical, `backbone import` the values, and ' +
      '`backbone infisical issue` each login',
    dual: 'take the values out of the keychain and Doppler',
  },
});

export const appRuntimeEnv = appSecrets('app-runtime-env', {
  was: 'Doppler: `doppler run`',
  target: 'Infisical: `infisical run`',
  back: backToDoppler,
  next: {
    current:
      'declare folders and identities, deploy infisical, `backbone import` the values, and ' +
      '`backbone infisical issue` each login',
    dual: 'take the project out of Doppler',
  },
});

interface Reader {
  readonly identity: MachineIdentity;
  readonly folders: readonly Spot[];
}

function readersOf(
  { declaration }: Backbone,
  { identities }: Infisical,
  secretClass: string,
): readonly Reader[] {
  if (!declaration.infisical.enabled) return [];
  const { folders: declared } = declaration.infisical;
  return identities
    .map((identity) => ({
      identity,
      folders: identity.grants.filter(({ path }) => declared[path]?.class === secretClass),
    }))
    .filter(({ folders }) => folders.length > 0);
}

/** A folder that it is not granted: best another consumer's, else any, else the top, which nobody is granted. */
function neighbourOf(
  { identities, folders, environments }: Infisical,
  { grants }: MachineIdentity,
): Spot {
  const own = new Set(grants.map(placeOf));
  const others: readonly Spot[] = [
    ...identities.flatMap((identity) => identity.grants),
    ...folders,
    ...environments.map(({ slug }) => ({ environment: slug, path: '/' })),
  ];
  const found = others.find((spot) => !own.has(placeOf(spot)));
  if (found === undefined) throw new Error('unchecked: an environment whose top is granted');
  return { environment: found.environment, path: found.path };
}
