import { awsTypes } from './aws-types.ts';
import { engineTypes } from './engine-types.ts';
import { githubTypes } from './github-types.ts';
import { infisicalTypes } from './infisical-types.ts';
import { everywhere, type Meaning, type TypeMeaning } from './meaning.ts';
import { openbaoTypes } from './openbao-types.ts';
import { dataTypes, proxmoxTypes } from './proxmox-types.ts';
import type { Resource } from '../../synthesized/resource.ts';

/** Every managed resource type that this review knows. */
export const types: Readonly<Record<string, TypeMeaning>> = {
  ...openbaoTypes,
  ...awsTypes,
  ...proxmoxTypes,
  ...infisicalTypes,
  ...engineTypes,
  ...githubTypes,
};

/** @returns undefined where it is looked at by a person, as it is when it stands in no row */
export function typeOf({ type, mode }: Resource): TypeMeaning | undefined {
  const rows = mode === 'managed' ? types : mode === 'data' ? dataTypes : {};
  return Object.hasOwn(rows, type) ? rows[type] : undefined;
}

/** @returns undefined where nobody has said what it means */
export function meaningOf(row: TypeMeaning, argument: string): Meaning | undefined {
  for (const known of [row.arguments, everywhere]) {
    if (Object.hasOwn(known, argument)) return (known as TypeMeaning['arguments'])[argument];
  }
  return undefined;
}
