import type { Seconds } from '../../src/config/brands.ts';

/**
 * Capabilities of an OpenBao ACL rule (https://openbao.org/docs/concepts/policies/). `sudo` is used
 * where the server demands it: to enable or disable an auth method, to list audit devices, to make recovery
 * keys.
 */
export type Capability =
  'create' | 'read' | 'update' | 'delete' | 'list' | 'patch' | 'deny' | 'sudo';

/** One rule. Paths are exact unless they end in `*` or hold a `+` segment. */
export interface AclRule {
  /** One line; it becomes a comment in the policy, for whoever runs `bao policy read`. */
  readonly why: string;
  readonly path: string;
  readonly capabilities: readonly Capability[];
  /** Only these parameters may be sent, with any value; `none`: not one. @default - any */
  readonly parameters?: 'none' | readonly string[];
  /** Of these parameters, only with this value. @default - none */
  readonly values?: Readonly<Record<string, string | boolean>>;
  /** Each of these parameters must be sent. @default - none */
  readonly required?: readonly string[];
  /** The answer must be response-wrapped, within these bounds. */
  readonly wrapping?: { readonly min: Seconds; readonly max: Seconds };
}

/** A policy as text in the policy language of OpenBao: stable order, one block a rule. */
export function renderAcl(rules: readonly AclRule[]): string {
  return rules.map(renderRule).join('\n');
}

function renderRule(rule: AclRule): string {
  const lines = [
    `# ${rule.why}`,
    `path ${JSON.stringify(rule.path)} {`,
    `  capabilities = ${JSON.stringify(rule.capabilities)}`,
  ];
  if (rule.parameters === 'none') lines.push('  denied_parameters = { "*" = [] }');
  else if (rule.parameters !== undefined) {
    const entries = rule.parameters.map((parameter) => {
      const only = rule.values?.[parameter];
      return `"${parameter}" = ${only === undefined ? '[]' : `[${JSON.stringify(only)}]`}`;
    });
    lines.push(`  allowed_parameters = { ${entries.join(', ')} }`);
  }
  if (rule.required !== undefined) {
    lines.push(`  required_parameters = ${JSON.stringify(rule.required)}`);
  }
  if (rule.wrapping !== undefined) {
    lines.push(
      `  min_wrapping_ttl = "${String(rule.wrapping.min)}s"`,
      `  max_wrapping_ttl = "${String(rule.wrapping.max)}s"`,
    );
  }
  lines.push('}', '');
  return lines.join('\n');
}

/** What every identity may do with its own token; no identity here has the default policy. */
export const ownToken: readonly AclRule[] = [
  {
    why: 'see how long the own token lives',
    path: 'auth/token/lookup-self',
    capabilities: ['read'],
  },
  {
    why: 'renew the own token up to its max TTL',
    path: 'auth/token/renew-self',
    capabilities: ['update'],
  },
  { why: 'give the own token up early', path: 'auth/token/revoke-self', capabilities: ['update'] },
];
