import type { ProgramIdentity, StackName } from '../../model/names.ts';
import type { Change } from '../reach/change.ts';

/** Keys of maps and numbers in lists, from the top of the declaration. */
export type DeclaredPath = readonly (string | number)[];

/** What is in the declaration, as YAML has it; nothing of it is believed. */
interface Declared {
  readonly value: unknown;
}

/** The program's identities by their keys in `openbao.identities`. */
const identities: Readonly<Record<string, string>> = {
  'terraform-apply': 'apply',
  'terraform-plan': 'plan',
  'secret-id-issuer': 'issuer',
  responder: 'responder',
  verifier: 'verifier',
  auditor: 'auditor',
} satisfies Record<ProgramIdentity, string>;

/** What of a consumer says it, where it is not a grant. */
const fields: readonly (readonly [RegExp, DeclaredPath])[] = [
  [/^token_max_ttl|^token_explicit/, ['token', 'maxTtl']],
  [/^token_ttl/, ['token', 'ttl']],
  [/^secret_id_ttl/, ['secretIdTtl']],
  [/_cidrs/, ['from']],
  [/_cidrs/, ['container', 'address']],
];

const sections: Readonly<Record<string, string>> = {
  host: 'proxmox',
  'github-host': 'github',
  'proxy-host': 'proxy',
  'aws-trust': 'aws',
  openbao: 'openbao',
  engines: 'engines',
  infisical: 'infisical',
  github: 'github',
} satisfies Record<StackName, string>;

/**
 * Where in the declaration a change comes from: the most exact place that is there. A person looks there first; what
 * an override or the program itself has changed stands somewhere else.
 */
export function declaredAt(declaration: unknown, change: Change): DeclaredPath {
  const declared = { value: declaration };
  return candidates(change, declared).find((path) => at(declared, path) !== undefined) ?? [];
}

function candidates(change: Change, declared: Declared): readonly DeclaredPath[] {
  const { chain } = change;
  const what = change.what.replace(/^[a-z ]+: /, '');
  const names = namesIn(change);
  const secret = /\bkv\/(?:data|metadata|destroy)\/([\w/-]+)/.exec(what)?.[1];
  const profile = /\baws\/(?:sts|roles)\/tf-([\w-]+)/.exec(what)?.[1];
  const consumers = names.filter((name) => at(declared, ['consumers', name]) !== undefined);
  const ofConsumers = consumers.flatMap((name): DeclaredPath[] => [
    ...grantOf(declared, name, 'secret', secret),
    ...grantOf(declared, name, 'profile', profile),
    ...fields.flatMap(([field, path]) => (field.test(what) ? [['consumers', name, ...path]] : [])),
  ]);
  const officials = names.flatMap((name) => identities[name] ?? []);
  const [stack = ''] = (chain[0] ?? '').split(':');
  const section = sections[stack];
  return [
    ...ofConsumers,
    ...consumers.map((name) => ['consumers', name]),
    ...(secret === undefined ? [] : [['secrets', secret]]),
    ...[profile, ...names].flatMap((name) =>
      name === undefined ? [] : [['profiles', name.replace(/^tf-/, '')]],
    ),
    ...names.flatMap((name) => [
      ['secrets', name.replace(/^metadata-/, '').replaceAll('_', '/')],
      ...bucketsOf(declared, name),
      ...nodesOf(declared, name),
    ]),
    ...officials.map((name) => ['openbao', 'identities', name]),
    ...(section === undefined ? [] : [[section]]),
  ];
}

/** Of the subject and of the resources on its way: the last word, with and without what a policy's name begins by. */
function namesIn({ subject, chain }: Change): readonly string[] {
  const named = [subject.split(' '), ...chain.map((one) => one.split('.'))].map(
    (words) => words.at(-1) ?? '',
  );
  return [
    ...new Set(
      named.flatMap((name) => [name, name.replace(/^(consumer|enrol|renew|policy|approle)-/, '')]),
    ),
  ].filter((name) => name !== '');
}

function grantOf(
  declared: Declared,
  consumer: string,
  kind: string,
  wanted: string | undefined,
): readonly DeclaredPath[] {
  const grants = at(declared, ['consumers', consumer, 'grants']);
  if (wanted === undefined || !Array.isArray(grants)) return [];
  const index = grants.findIndex((_, each) => {
    const path = ['consumers', consumer, 'grants', each, kind];
    return at(declared, path) === wanted;
  });
  return index < 0 ? [] : [['consumers', consumer, 'grants', index]];
}

function bucketsOf(declared: Declared, bucket: string): readonly DeclaredPath[] {
  const profiles = at(declared, ['profiles']);
  const names = typeof profiles === 'object' && profiles !== null ? Object.keys(profiles) : [];
  return names
    .map((name) => ['profiles', name, 'bucket'])
    .filter((path) => at(declared, path) === bucket);
}

function nodesOf(declared: Declared, name: string): readonly DeclaredPath[] {
  const nodes = at(declared, ['openbao', 'nodes']);
  if (!Array.isArray(nodes)) return [];
  return nodes
    .map((_, index) => ['openbao', 'nodes', index])
    .filter((path) => at(declared, [...path, 'name']) === name);
}

function at({ value }: Declared, path: DeclaredPath): unknown {
  return path.reduce<unknown>((here, key) => {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    return (here as Readonly<Record<string | number, unknown>>)[key];
  }, value);
}
