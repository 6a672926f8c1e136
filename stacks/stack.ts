import { isAbsolute, join, relative, resolve } from 'node:path';
import { App, LocalBackend, S3Backend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Backbone } from '../src/model/backbone.ts';

/**
 * A stack with its state in the declared place.
 *
 * Stacks pass nothing to each other: every name and ARN comes from the model, so that each can be planned
 * alone, and no state has to be read by another.
 */
export abstract class BackboneStack extends TerraformStack {
  constructor(scope: Construct, id: string, { declaration, directory }: Backbone) {
    super(scope, id);
    const { state } = declaration;
    switch (state.backend) {
      case 'local':
        new LocalBackend(this, {
          path: this.localState(directory, state.directory, `${id}.tfstate`),
        });
        break;
      case 's3':
        new S3Backend(this, {
          bucket: state.bucket,
          key: `${state.prefix}/${id}.tfstate`,
          region: state.region,
          encrypt: true,
        }).addOverride('use_lockfile', true);
        break;
    }
  }

  /**
   * cdktf resolves every element once more here, only to find references to other stacks. There are none,
   * by design and by test, and it is a tenth of the synthesis of a large declaration.
   */
  override prepareStack(): void {
    this.ensureBackendExists();
  }

  /**
   * Terraform runs in cdktf.out/stacks/<id>. A path relative to that directory leads out of it, and the
   * synthesized output names no directory of the machine that made it.
   */
  private localState(start: string, directory: string, file: string): string {
    if (isAbsolute(directory)) return join(directory, file);
    const workingDirectory = resolve(App.of(this).outdir, 'stacks', this.node.id);
    return relative(workingDirectory, resolve(start, directory, file));
  }
}
