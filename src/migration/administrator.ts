import { findProject } from '../infisical/client-secrets.ts';
import type { Infisical } from '../model/infisical.ts';
import { NotTried, obtain } from './attempt.ts';
import type { Servers } from './consumer-probe.ts';
import type { Check, Place } from './row.ts';

/** What is tried at Infisical, by whoever administers it; one check says why where nobody does. */
export async function asAdministrator(
  { backbone: { infisical }, connection, infisical: asked }: Place,
  work: (servers: Servers, infisical: Infisical) => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  if (infisical === undefined) throw new Error('unchecked: Infisical is not declared');
  const { organizationId, project } = infisical;
  const { check, value } = await obtain(
    `Infisical has the project ${project.slug}`,
    async () => {
      if ('refused' in asked) throw new NotTried(asked.refused);
      const projectId = await findProject(asked.connection, project.slug);
      return { openbao: connection, infisical: asked.connection, organizationId, projectId };
    },
    ({ projectId }) => projectId,
  );
  return value === undefined ? [check] : work(value, infisical);
}
