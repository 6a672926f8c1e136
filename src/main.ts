import { App } from 'cdktf';
import { declarationFile, loadDeclaration } from './config/load.ts';
import { resolveBackbone } from './model/backbone.ts';
import { prepareWorkingDirectories } from './terraform/working-directories.ts';
import { UserError } from './user-error.ts';
import { AwsTrustStack } from '../stacks/aws-trust.ts';
import { GithubStack } from '../stacks/github.ts';
import { HostStack } from '../stacks/host.ts';
import { InfisicalStack } from '../stacks/infisical.ts';
import { OpenBaoStack } from '../stacks/openbao.ts';

// cdktf takes a stack trace of each reference, and to map it to TypeScript would cost a tenth of the run.
process.setSourceMapsEnabled(false);
try {
  const { declaration, file, directory, caCertificate } = await loadDeclaration(
    declarationFile(process.env),
  );
  const backbone = resolveBackbone(declaration, directory);
  const app = new App({ context: { targetVersions: { terraform: '>=1.11', opentofu: '>=1.11' } } });
  new HostStack(app, backbone);
  new AwsTrustStack(app, backbone, { caCertificate });
  new OpenBaoStack(app, backbone);
  if (backbone.infisical !== undefined) new InfisicalStack(app, backbone, backbone.infisical);
  if (backbone.github !== undefined) new GithubStack(app, backbone);
  app.synth();
  await prepareWorkingDirectories(app.outdir, file, backbone.stacks);
} catch (error) {
  if (!(error instanceof UserError)) {
    process.setSourceMapsEnabled(true);
    throw error;
  }
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
