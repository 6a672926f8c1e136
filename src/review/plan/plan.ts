import { z } from 'zod';
import type { Json } from '../../synthesized/resource.ts';
import { UserError } from '../../user-error.ts';

const json = z.json() as z.ZodType<Json>;

const resourceChange = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  module_address: z.string().optional(),
  index: z.unknown().optional(),
  deposed: z.string().optional(),
  change: z.object({
    actions: z.array(z.string()),
    before: json.optional(),
    after: json.optional(),
    after_unknown: json.optional(),
    before_sensitive: json.optional(),
    after_sensitive: json.optional(),
  }),
});

const shown = z.object({
  format_version: z.string(),
  errored: z.boolean().optional(),
  complete: z.boolean().optional(),
  resource_changes: z.array(resourceChange).default([]),
  resource_drift: z.array(resourceChange).default([]),
  configuration: z.object({
    root_module: z
      .object({
        resources: z
          .array(
            z.object({
              address: z.string(),
              mode: z.string(),
              expressions: z.record(z.string(), json).default({}),
            }),
          )
          .default([]),
      })
      .default({ resources: [] }),
  }),
});

/** What Terraform will do to one resource. */
export interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
  /** As the server has it, read by this plan; undefined where there is none. */
  readonly before: Json | undefined;
  /** As it will be; undefined where it will be gone. */
  readonly after: Json | undefined;
  /** `true` where only the apply will tell, in the shape of `after`. */
  readonly unknown: Json | undefined;
  /** `true` where a value must not be shown, in the shape of each side. */
  readonly hidden: { readonly before: Json | undefined; readonly after: Json | undefined };
}

/** One stack's plan, as far as a review asks it. */
export interface Plan {
  /** By address. */
  readonly changes: ReadonlyMap<string, PlannedChange>;
  /** What was changed on the server since the last apply: from what the state had to what is there. */
  readonly drift: readonly PlannedChange[];
  /** What it was made from: constants by address and argument. */
  readonly configuration: ReadonlyMap<string, Readonly<Record<string, Json>>>;
}

/**
 * The answer of `terraform show -json` for a plan file (Terraform's "JSON Output Format", version 1).
 *
 * @param file  for messages; no value of the plan is ever in one
 * @throws UserError  it is none, it failed, or it is of a part of the stack
 */
export function parsePlan(text: string, file: string): Plan {
  const plan = shown.safeParse(parsed(text));
  if (!plan.success || !plan.data.format_version.startsWith('1.')) {
    throw new UserError(
      `${file} is no plan in JSON; make it by \`backbone plan --out\` or \`terraform show -json plan\``,
    );
  }
  const { errored, complete, resource_changes, resource_drift, configuration } = plan.data;
  if (errored === true) throw new UserError(`${file}: this plan failed; plan again`);
  if (complete === false) {
    throw new UserError(`${file}: this plan is of a part of the stack; plan without -target`);
  }
  return {
    changes: new Map(resource_changes.filter(isPlain).map((one) => [one.address, planned(one)])),
    drift: resource_drift.filter(isPlain).map(planned),
    configuration: new Map(
      configuration.root_module.resources
        .filter(({ mode }) => mode === 'managed')
        .map(({ address, expressions }) => [address, expressions]),
    ),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a module, of a count or left behind by a failed apply: stands in no synthesized stack by that address. */
function isPlain({ mode, module_address, index, deposed }: z.infer<typeof resourceChange>) {
  return (
    mode === 'managed' &&
    module_address === undefined &&
    index === undefined &&
    deposed === undefined
  );
}

function planned({ address, type, name, change }: z.infer<typeof resourceChange>): PlannedChange {
  return {
    ...{ address, type, name, actions: change.actions, unknown: change.after_unknown },
    before: change.before ?? undefined,
    after: change.after ?? undefined,
    hidden: { before: change.before_sensitive, after: change.after_sensitive },
  };
}
