import { defineCommand } from 'citty';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import type { Finding } from '../doctor/check.ts';
import { checkCaFile, checkOpenBao, openbaoPlaces } from '../doctor/openbao.ts';
import { checkReach } from '../doctor/reach.ts';
import { checkTools } from '../doctor/tools.ts';
import { resolveBackbone, type Backbone } from '../model/backbone.ts';
import { result, resultJson, table } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const doctor = defineCommand({
  meta: {
    name: 'backbone doctor',
    description:
      'Look at tools, declaration, reachability, seal state, clock and token; change nothing. Exit ' +
      'status: 0 all well, 2 something failed.\n\nExample: backbone doctor --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const findings = [...(await checkTools()), ...(await checkDeclared(given.file))];
    if (given.json === true) resultJson(findings);
    else {
      result(table(findings.map(({ check, verdict, found }) => [verdict.padEnd(7), check, found])));
      for (const { check, advice } of findings) {
        if (advice !== undefined) result(`${check}: ${advice}`);
      }
    }
    return findings.some(({ verdict }) => verdict === 'failed') ? 2 : 0;
  },
});

async function checkDeclared(file: string | undefined): Promise<readonly Finding[]> {
  const path = file ?? declarationFile(process.env);
  let backbone: Backbone;
  try {
    backbone = resolveBackbone((await loadDeclaration(path)).declaration);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ check: 'declaration', verdict: 'failed', found: path, advice: error.message }];
  }
  const { proxmox, aws } = backbone.declaration;
  const sts = aws.endpoints?.sts ?? `https://sts.${aws.region}.amazonaws.com`;
  return [
    { check: 'declaration', verdict: 'ok', found: path },
    ...staticKey(aws.identity.kind),
    ...(await Promise.all([
      checkReach('Proxmox VE', proxmox.endpoint),
      checkReach('AWS STS', sts),
    ])),
    ...(await checkCaFile()),
    ...(await checkOpenBao(openbaoPlaces(process.env, backbone))),
  ];
}

function staticKey(kind: Backbone['declaration']['aws']['identity']['kind']): readonly Finding[] {
  return kind === 'broker-key'
    ? [
        {
          check: 'AWS identity',
          verdict: 'warning',
          found: 'broker-key: a long-lived key lies on the OpenBao host (rung 2)',
          advice: 'declare aws.identity.kind: roles-anywhere, which needs no static key',
        },
      ]
    : [];
}
