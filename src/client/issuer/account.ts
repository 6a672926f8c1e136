import type { Entry, Fate } from './entry.ts';

/** A SecretID by the ledger alone. */
export interface Issued {
  readonly id: string;
  readonly consumer: string;
  readonly at: string;
  readonly expires: string;
  /** Absent: the answer of the mint never came back, or its process died. Nobody has that SecretID. */
  readonly minted?: {
    readonly accessor: string;
    readonly arriveBy: string;
    readonly secretIdExpires: string;
  };
  /** The last that became of it; absent while it is open. */
  readonly fate?: { readonly event: Fate; readonly at: string; readonly why?: string };
}

export type MintedSecretId = Issued & { readonly minted: NonNullable<Issued['minted']> };

/** A later fate replaces an earlier one of less weight: nothing takes an interception back but its answer. */
const weight: Readonly<Record<Fate, number>> = {
  expired: 1,
  arrived: 2,
  destroyed: 3,
  intercepted: 4,
  answered: 5,
};

/** Every SecretID of the ledger in the order of its issue, without those that the server refused. */
export function account(entries: readonly Entry[]): readonly Issued[] {
  const issued = new Map<string, Issued>();
  const ids = new Map<string, string>();
  for (const entry of entries) {
    switch (entry.event) {
      case 'intended': {
        const { id, consumer, at, expires } = entry;
        issued.set(id, { id, consumer, at, expires });
        break;
      }
      case 'minted': {
        const { id, consumer, at, expires, accessor, arriveBy, secretIdExpires } = entry;
        const minted = { accessor, arriveBy, secretIdExpires };
        issued.set(id, { id, consumer, at, expires, minted });
        ids.set(accessor, id);
        break;
      }
      case 'refused':
        issued.delete(entry.id);
        break;
      case 'arrived':
      case 'destroyed':
      case 'expired':
      case 'intercepted':
      case 'answered': {
        const one = issued.get(ids.get(entry.accessor) ?? '');
        if (one === undefined) break;
        if (one.fate !== undefined && weight[one.fate.event] > weight[entry.event]) break;
        const { event, at, why } = entry;
        issued.set(one.id, { ...one, fate: { event, at, ...(why === undefined ? {} : { why }) } });
      }
    }
  }
  return [...issued.values()];
}

export function isMinted(issued: Issued): issued is MintedSecretId {
  return issued.minted !== undefined;
}

/** Still to be watched: no fate yet, or an interception that nobody has answered. */
export function isOpen({ fate }: Issued): boolean {
  return fate === undefined || fate.event === 'intercepted';
}

export function byAccessor(
  entries: readonly Entry[],
  accessor: string,
): MintedSecretId | undefined {
  return account(entries)
    .filter(isMinted)
    .find(({ minted }) => minted.accessor === accessor);
}
