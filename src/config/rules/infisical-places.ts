import type { Facts } from '../facts.ts';
import type { InfisicalDeclaration } from '../infisical.ts';
import { nearest } from '../nearest.ts';
import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';

/** The section where it is well-formed and switched on. */
export function enabledInfisical({ infisical }: Facts): InfisicalDeclaration | undefined {
  return infisical?.enabled === true ? infisical : undefined;
}

export const infisicalEnvironments: Rule = (facts) =>
  (enabledInfisical(facts)?.environments ?? []).flatMap(({ slug }, index, all) =>
    all.findIndex((other) => other.slug === slug) === index
      ? []
      : [
          {
            path: ['infisical', 'environments', index, 'slug'],
            problem: 'another environment has this slug',
            fix: 'give each its own',
          },
        ],
  );

interface Place {
  readonly path: Path;
  readonly environment: string;
  readonly folder: string;
}

/** A grant or a sync names one folder that this file declares, in an environment that has it, once. */
export const infisicalPlaces: Rule = (facts) => {
  const infisical = enabledInfisical(facts);
  if (infisical === undefined) return [];
  const environments = infisical.environments.map(({ slug }) => slug);
  const ofFolders = Object.entries(infisical.folders).flatMap(([folder, declared]) =>
    (declared.environments ?? []).flatMap((environment, index) =>
      unknownEnvironment(environments, environment, [
        'infisical',
        'folders',
        folder,
        'environments',
        index,
      ]),
    ),
  );
  const lists = [...grantLists(infisical), ...syncPlaces(infisical).map((place) => [place])];
  return [...ofFolders, ...lists.flatMap((places) => inList(places, infisical, environments))];
};

function inList(
  places: readonly Place[],
  { folders }: InfisicalDeclaration,
  environments: readonly string[],
): readonly Finding[] {
  const declared: readonly string[] = Object.keys(folders);
  const seen = new Set<string>();
  return places.flatMap(({ path, environment, folder }): readonly Finding[] => {
    const unknown = unknownEnvironment(environments, environment, [...path, 'environment']);
    if (unknown.length > 0) return unknown;
    const here = [...path, 'path'];
    if (!declared.includes(folder)) {
      const near = nearest(folder, declared);
      return [
        {
          path: here,
          problem: 'no such folder is declared',
          fix: near === undefined ? 'declare it under infisical.folders' : `write ${near}`,
        },
      ];
    }
    const only: readonly string[] | undefined = Object.entries(folders).find(
      ([name]) => name === folder,
    )?.[1].environments;
    if (only !== undefined && !only.includes(environment)) {
      return [
        {
          path: here,
          problem: `that folder is not in the environment ${environment}`,
          fix: `write one of its environments, or add ${environment} to the folder`,
        },
      ];
    }
    if (seen.has(`${environment} ${folder}`)) {
      return [{ path: here, problem: 'the same grant stands above', fix: 'remove one' }];
    }
    seen.add(`${environment} ${folder}`);
    return [];
  });
}

function grantLists({
  identities,
  githubActions,
}: InfisicalDeclaration): readonly (readonly Place[])[] {
  const lists = (kind: string, declared: Readonly<Record<string, Granted>>) =>
    Object.entries(declared).map(([name, { grants }]) =>
      grants.map((grant, index) => ({
        path: ['infisical', kind, name, 'grants', index],
        environment: grant.environment,
        folder: grant.path,
      })),
    );
  return [...lists('identities', identities), ...lists('githubActions', githubActions)];
}

interface Granted {
  readonly grants: readonly { readonly environment: string; readonly path: string }[];
}

function syncPlaces({ githubSyncs }: InfisicalDeclaration): readonly Place[] {
  return Object.entries(githubSyncs).map(([name, { source }]) => ({
    path: ['infisical', 'githubSyncs', name, 'source'],
    environment: source.environment,
    folder: source.path,
  }));
}

function unknownEnvironment(
  known: readonly string[],
  environment: string,
  path: Path,
): readonly Finding[] {
  return known.includes(environment)
    ? []
    : [
        {
          path,
          problem: 'no such environment is declared',
          fix: `write one of ${known.join(', ')}, or declare it under infisical.environments`,
        },
      ];
}

/** Terraform names hold no "/": folders that differ in that alone would be one resource. */
export const folderNames: Rule = (facts) => {
  const seen = new Map<string, string>();
  return Object.keys(enabledInfisical(facts)?.folders ?? {}).flatMap((folder) => {
    const key = folder.replaceAll(/[^A-Za-z0-9-]/g, '_').toLowerCase();
    const earlier = seen.get(key);
    seen.set(key, earlier ?? folder);
    return earlier === undefined
      ? []
      : [
          {
            path: ['infisical', 'folders', folder],
            received: JSON.stringify(folder),
            problem: `it becomes the same Terraform name as ${earlier}`,
            fix: 'choose names that differ in more than "/", "_" and capitals',
          },
        ];
  });
};
