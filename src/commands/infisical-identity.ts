import { findIdentity } from '../infisical/client-secrets.ts';
import type { MachineIdentity } from '../model/infisical.ts';
import { UserError } from '../user-error.ts';
import type { OpenInfisical } from './open-infisical.ts';

export const identityArg = {
  identity: { type: 'positional', required: true, description: 'consumer, e.g. network-agent' },
} as const;

/** A declared identity, and its id at Infisical. */
export async function chosenIdentity(
  { infisical, connection }: OpenInfisical,
  name: string,
): Promise<{ readonly declared: MachineIdentity; readonly id: string }> {
  const declared = infisical.identities.find((identity) => identity.name === name);
  if (declared === undefined) {
    const known = infisical.identities.map((identity) => identity.name).join(', ');
    throw new UserError(`no identity "${name}" is declared; there are: ${known || 'none'}`);
  }
  return { declared, id: await findIdentity(connection, infisical.organizationId, name) };
}
