import { defineCommand } from 'citty';
import { becomeAppRole } from '../client/approle.ts';
import { lookupSelf, revokeSelf } from '../client/token.ts';
import type { Connection } from '../client/openbao.ts';
import { drift as compareServer } from '../drift/drift.ts';
import type { Finding } from '../drift/finding.ts';
import type { Backbone } from '../model/backbone.ts';
import { approlePaths, mounts } from '../model/names.ts';
import { withProgress } from '../output/progress.ts';
import { result, resultJson, say, table } from '../output/terminal.ts';
import { readSynthesized } from '../synthesized/read.ts';
import { UserError } from '../user-error.ts';
import { openBackbone } from './open-backbone.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';
import { synthesize } from './synthesize.ts';
import { workflowToken } from './terraform-identity.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const drift = defineCommand({
  meta: {
    name: 'backbone drift',
    description:
      'Compare OpenBao with what is synthesized for it: policies, engines, auth methods, roles, identities, ' +
      'people, audit devices and tokens, also those that were made by hand. Only reads. AWS, Proxmox and ' +
      'Infisical are looked at by `backbone plan`. Exit status: 0 none, 2 drift, 1 could not look.\n\n' +
      'Example: backbone drift --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    let ofThisRun: string | undefined;
    const { backbone, connection } = await openBackbone(
      given.file,
      async (one, of) => (ofThisRun = await workflowToken('auditor', one, of)),
    );
    let findings: readonly Finding[];
    try {
      const synthesized = await readSynthesized(await synthesize(given.file));
      findings = await asAuditor(backbone, connection, (auditor) =>
        withProgress((progress) => compareServer(auditor, synthesized, progress)),
      );
    } finally {
      if (ofThisRun !== undefined) await giveUp({ ...connection, token: ofThisRun });
    }
    if (given.json === true) resultJson({ drift: findings });
    else if (findings.length > 0) {
      const rows = findings.map(({ kind, what, found }) => [kind, what, found]);
      result(table([['', 'WHAT', 'FOUND'], ...rows]));
    } else result('OpenBao is what was synthesized, and nothing beside it');
    say('AWS, Proxmox and Infisical were not looked at: that is `backbone plan`');
    return findings.length === 0 ? 0 : 2;
  },
});

/** An operator's token is exchanged for the auditor's; any other, e.g. the auditor's of a timer, is used. */
async function asAuditor<T>(
  { declaration }: Backbone,
  connection: Connection,
  work: (auditor: Connection) => Promise<T>,
): Promise<T> {
  const { policies } = await lookupSelf(connection);
  if (!policies.includes('operator')) return work(connection);
  const { identities, wrapTtl } = declaration.openbao;
  if (identities.auditor === undefined) {
    throw new UserError('this takes an auditor: declare openbao.identities.auditor, and deploy');
  }
  const paths = { ...approlePaths('auditor'), login: `auth/${mounts.approle}/login` };
  const auditor = { ...connection, token: await becomeAppRole(connection, paths, wrapTtl.min) };
  try {
    return await work(auditor);
  } finally {
    await giveUp(auditor);
  }
}

async function giveUp(auditor: Connection): Promise<void> {
  await revokeSelf(auditor).catch(() => {
    say('its token could not be revoked; it expires by itself within the hour');
  });
}
