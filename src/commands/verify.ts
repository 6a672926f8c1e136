import { defineCommand } from 'citty';
import { connectionFromEnv } from '../client/connection.ts';
import { declarationFile, loadDeclaration } from '../config/load.ts';
import { resolveBackbone } from '../model/backbone.ts';
import { withProgress } from '../output/progress.ts';
import { result, resultJson, say } from '../output/terminal.ts';
import { UserError } from '../user-error.ts';
import { exitCodeOf } from '../verify/case.ts';
import { remainsDirectory } from '../verify/remains.ts';
import { asJson, asText } from '../verify/report.ts';
import { verify as verifyBackbone } from '../verify/verify.ts';
import { untilInterrupted } from './until-interrupted.ts';
import { infisicalCaOf } from './contract-cas.ts';
import { fileArg, jsonArg, refuseUnknown } from './shared-args.ts';

const args = { ...fileArg, ...jsonArg } as const;

export const verify = defineCommand({
  meta: {
    name: 'backbone verify',
    description:
      'Try, against the deployed backbone, every grant that must work and what is next to it and must not. ' +
      'Each consumer is tried by a short identity of its own; all of it is given up again. Exit status: 0 no ' +
      'surprise, 2 something that must work does not, 3 something works that must not, 1 something could ' +
      'not be tried, 130 interrupted.\n\nExample: backbone verify --json',
  },
  args,
  async run({ args: given, rawArgs }): Promise<number> {
    refuseUnknown(rawArgs, args);
    const loaded = await loadDeclaration(given.file ?? declarationFile(process.env));
    const { declaration, directory } = loaded;
    const backbone = resolveBackbone(declaration, directory);
    const connection = await connectionFromEnv(process.env, backbone.openbaoAddress);
    if (connection.token === undefined) {
      throw new UserError('no OpenBao token: log in as an operator and set BAO_TOKEN');
    }
    const infisicalCa = await infisicalCaOf(declaration, directory);
    const verified = await untilInterrupted((signal) =>
      withProgress((progress) =>
        verifyBackbone({
          backbone,
          connection,
          infisicalCa,
          state: remainsDirectory(process.env),
          progress,
          signal,
        }),
      ),
    );
    if (given.json === true) resultJson(asJson(verified));
    else result(asText(verified));
    if (verified.interrupted) {
      say('interrupted: not everything was tried');
      return 130;
    }
    return exitCodeOf(verified.tried);
  },
});
