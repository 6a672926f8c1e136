import type { Backbone } from '../../src/model/backbone.ts';
import type { Consumer } from '../../src/model/consumer.ts';
import type { Profile } from '../../src/model/profile.ts';
import { infisicalLogin } from '../../src/model/names.ts';
import type { Secret } from '../../src/model/secret.ts';

/** Who plays in the tour: chosen from the declaration, whatever its names are. */
export interface Cast {
  /** May assume `profile`. */
  readonly minter: Consumer;
  readonly profile: Profile;
  /** May read `secret`. */
  readonly reader: Consumer;
  readonly secret: Secret;
  /** May not read `secret`, and has another address than the others. */
  readonly stranger: Consumer;
}

/**
 * Unattended consumers only: a person's machine shares its address with the lab itself. Nor broker and proxy, which are
 * servers.
 */
export function chooseCast({ consumers, profiles, secrets, proxy, github }: Backbone): Cast {
  const servers: readonly (string | undefined)[] = [proxy?.consumer, github?.broker.consumer];
  const unattended = consumers.filter(
    ({ kind, name }) => kind !== 'operator' && !servers.includes(name),
  );
  const writable = profiles.filter(({ declared }) => declared.access === 'apply');
  const minted = writable
    .toSorted((a, b) => Number(b.tableArn !== undefined) - Number(a.tableArn !== undefined))
    .flatMap((profile) =>
      unattended
        .filter(({ grants }) =>
          grants.some((grant) => grant.kind === 'profile' && grant.profile === profile.name),
        )
        .map((minter) => ({ minter, profile })),
    )[0];
  // A login of Infisical is written by whoever issues it.
  const typed = secrets.filter(({ path }) => !path.startsWith(`${infisicalLogin.folder}/`));
  const read = typed.flatMap((secret) =>
    unattended
      .filter((consumer) => mayRead(consumer, secret))
      .map((reader) => ({ reader, secret })),
  )[0];
  const stranger = unattended.find(
    (consumer) =>
      read !== undefined &&
      consumer !== read.reader &&
      consumer !== minted?.minter &&
      !mayRead(consumer, read.secret),
  );
  if (minted === undefined || read === undefined || stranger === undefined) {
    throw new Error(
      'the tour needs three unattended consumers: one that may assume a profile to apply, one that ' +
        'may read a secret, and one that may not read it',
    );
  }
  return { ...minted, ...read, stranger };
}

function mayRead({ grants }: Consumer, { path }: Secret): boolean {
  return grants.some((grant) => grant.kind === 'secret' && grant.secret === path);
}

/** An address of that consumer on this machine. */
export function addressOf({ name, from }: Consumer): string {
  const [first] = from;
  if (first === undefined) throw new Error(`${name} has no source address`);
  return first.replace(/\/.*$/, '');
}
