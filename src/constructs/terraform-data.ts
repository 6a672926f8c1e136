import { TerraformResource, type TerraformMetaArguments } from 'cdktf';
import type { Construct } from 'constructs';

export interface TerraformDataProps extends TerraformMetaArguments {
  /** Any change of it replaces the resource. @default - nothing does */
  readonly triggersReplace?: unknown;
}

/**
 * `terraform_data`, which is part of Terraform itself and needs no provider.
 *
 * cdktf's own `DataResource` runs `terraform version` twice in every synthesis, and fails without it.
 */
export class TerraformData extends TerraformResource {
  private readonly triggersReplace: unknown;

  constructor(scope: Construct, id: string, { triggersReplace, ...meta }: TerraformDataProps = {}) {
    super(scope, id, { ...meta, terraformResourceType: 'terraform_data' });
    this.triggersReplace = triggersReplace;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.triggersReplace === undefined ? {} : { triggers_replace: this.triggersReplace };
  }
}
