import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, TerraformStack, type AppConfig } from 'cdktf';

export type Attributes = Readonly<Record<string, unknown>>;

/** What one stack synthesizes to, for assertions on typed resources and some of their attributes. */
export class Template {
  private constructor(
    /** The file as Terraform gets it. */
    readonly text: string,
    private readonly json: {
      readonly resource?: Readonly<Record<string, Readonly<Record<string, Attributes>>>>;
      readonly output?: Readonly<Record<string, Attributes>>;
      readonly terraform?: Attributes;
      readonly provider?: Attributes;
      readonly data?: Attributes;
    },
  ) {}

  /** A stack of its own, without providers, around what `build` makes; its validations run. */
  static of(build: (stack: TerraformStack) => void): Template {
    return synthesize({ skipValidation: true }, (app) => {
      const stack = new TerraformStack(app, 'stack');
      build(stack);
      const findings = stack.node.children
        .flatMap((child) => child.node.findAll())
        .flatMap((construct) => construct.node.validate());
      if (findings.length > 0) throw new Error(findings.join('\n'));
      return stack;
    });
  }

  /** A whole stack, synthesized as the program does it: validations run, errors are thrown. */
  static ofStack(build: (app: App) => TerraformStack): Template {
    return synthesize({}, build);
  }

  static parse(text: string): Template {
    return new Template(text, JSON.parse(text) as Template['json']);
  }

  get terraform(): Attributes {
    return this.json.terraform ?? {};
  }

  get provider(): Attributes {
    return this.json.provider ?? {};
  }

  get data(): Attributes {
    return this.json.data ?? {};
  }

  get outputs(): Readonly<Record<string, Attributes>> {
    return this.json.output ?? {};
  }

  get resources(): Readonly<Record<string, Readonly<Record<string, Attributes>>>> {
    return this.json.resource ?? {};
  }

  /** Resource types in use. */
  get types(): readonly string[] {
    return Object.keys(this.resources);
  }

  /** Resources of one type by logical name. */
  all(type: string): Readonly<Record<string, Attributes>> {
    return this.resources[type] ?? {};
  }

  /** Every address, e.g. `vault_policy.operator`. */
  get addresses(): readonly string[] {
    return this.types.flatMap((type) =>
      Object.keys(this.all(type)).map((name) => `${type}.${name}`),
    );
  }

  /** One resource; a miss names what is there. */
  resource(type: string, name: string): Attributes {
    const found = this.all(type)[name];
    if (found === undefined) {
      throw new Error(`no ${type}.${name}; there are: ${this.addresses.join(', ')}`);
    }
    return found;
  }
}

function synthesize(config: AppConfig, build: (app: App) => TerraformStack): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'template-'));
  try {
    const app = new App({
      ...config,
      outdir,
      context: { targetVersions: { terraform: '>=1.11' } },
    });
    const { id } = build(app).node;
    app.synth();
    return Template.parse(readFileSync(join(outdir, 'stacks', id, 'cdk.tf.json'), 'utf8'));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** A JSON document that stands as a string in an attribute, such as a policy. */
export function document(attribute: unknown): unknown {
  if (typeof attribute !== 'string') throw new Error('not a JSON document in a string');
  return JSON.parse(attribute);
}
