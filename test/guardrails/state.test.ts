import { describe, expect, it } from 'vitest';
import { rules } from '../../policies/rules/index.ts';
import { secretAttributes } from '../../policies/rules/reading/secrets.ts';
import { ruleView } from '../../policies/rules/reading/view.ts';
import { secretAttributes as derive, type SchemaFile } from '../../providers/secret-attributes.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import { declared, synthesized } from './example.ts';

const canary = 'canary-7f3a';

/** `a.b.c` as blocks in each other, as Terraform's JSON has them. */
function body(path: string, value: unknown): Record<string, unknown> {
  const [first = '', ...rest] = path.split('.');
  return { [first]: rest.length === 0 ? value : [body(rest.join('.'), value)] };
}

/** Errors of any rule on a stack with nothing but this in it. */
function errors(block: 'resource' | 'data', type: string, written: object) {
  const stack = parseStack('x', JSON.stringify({ [block]: { [type]: { y: written } } }), 'x');
  const view = ruleView({ stacks: [stack] }, declared);
  return rules
    .filter(({ severity }) => severity === 'error')
    .flatMap((rule) => rule.check(view).map((found) => ({ rule: rule.id, ...found })));
}

const stored = Object.entries(secretAttributes.resources);
const set = stored.flatMap(([type, places]) => places.set.map((path) => [type, path] as const));
const exported = stored.flatMap(([type, places]) =>
  places.exported.map((path) => [type, path] as const),
);
const read = Object.entries(secretAttributes.data).flatMap(([type, places]) =>
  [...places.set, ...places.exported].map((path) => [type, path] as const),
);

describe('no secret value can reach state', () => {
  it('knows the attributes of all four providers', () => {
    const of = (prefix: string) => stored.filter(([type]) => type.startsWith(prefix)).length;
    for (const prefix of ['vault_', 'aws_', 'infisical_', 'proxmox_']) {
      expect(of(prefix), prefix).toBeGreaterThan(10);
    }
    expect(set.length).toBeGreaterThan(200);
    expect(set).toContainEqual(['vault_aws_secret_backend', 'secret_key']);
    expect(set.map(([type]) => type)).toContain('vault_kv_secret_v2');
  });

  it('refuses every attribute of the list that is set, and tells no value', () => {
    for (const [type, path] of set) {
      const found = errors('resource', type, body(path, canary));
      const wanted = { rule: 'secret-in-state', address: `${type}.y`, part: path };
      expect(found, `${type}: ${path}`).toContainEqual(expect.objectContaining(wanted));
      expect(JSON.stringify(found)).not.toContain(canary);
    }
  });

  it('refuses one whose value is not known yet', () => {
    for (const [type, path] of set) {
      const rulesOf = errors('resource', type, body(path, '${random_password.x.result}'));
      expect(
        rulesOf.map(({ rule }) => rule),
        `${type}: ${path}`,
      ).toContain('secret-in-state');
    }
  });

  it('refuses every type that answers with one', () => {
    for (const [type] of exported) {
      const found = errors('resource', type, {}).map(({ rule }) => rule);
      const wanted = [
        ...['secret-from-resource', 'approle-secret-id-resource', 'token-resource', 'aws-iam-user'],
        'infisical-client-secret-resource',
      ];
      expect(
        found.some((rule) => wanted.includes(rule)),
        type,
      ).toBe(true);
    }
  });

  it('refuses every data source that reads one', () => {
    for (const [type, path] of read) {
      const found = errors('data', type, {});
      expect(found, type).toContainEqual(
        expect.objectContaining({ rule: 'secret-from-data', part: path }),
      );
    }
  });

  it('refuses every type that stands in no list, so that there is no other way', () => {
    const known = [...stored.map(([type]) => type), ...secretAttributes.without];
    const types = new Set(
      synthesized().stacks.flatMap(({ resources }) =>
        resources.map(({ mode, type }) => (mode === 'data' ? `data.${type}` : type)),
      ),
    );
    expect([...types].filter((type) => !known.includes(type))).toEqual(['terraform_data']);
    expect(errors('resource', 'tls_private_key', {}).map(({ rule }) => rule)).toContain(
      'unknown-type',
    );
  });
});

it('the list is derived: sensitive and not write-only, blocks in blocks, computed apart', () => {
  const attribute = <T extends object>(more: T) => ({ type: 'string', ...more });
  const schema: SchemaFile = {
    provider_schemas: {
      'registry.terraform.io/example/x': {
        provider: {
          block: { attributes: { token: attribute({ sensitive: true, optional: true }) } },
        },
        resource_schemas: {
          x_one: {
            block: {
              attributes: {
                plain: attribute({ optional: true }),
                password: attribute({ sensitive: true, optional: true }),
                password_wo: attribute({ sensitive: true, write_only: true, optional: true }),
                answer: attribute({ sensitive: true, computed: true }),
                deep: {
                  nested_type: {
                    attributes: { key: attribute({ sensitive: true, required: true }) },
                  },
                },
              },
              block_types: {
                outer: {
                  block: {
                    block_types: {
                      inner: {
                        block: {
                          attributes: { pin: attribute({ sensitive: true, required: true }) },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  };
  const none = { resources: [], data: [] };
  expect(derive([schema], {}, none)).toEqual({
    versions: {},
    without: [],
    resources: {
      x_one: { set: ['deep.key', 'outer.inner.pin', 'password'], exported: ['answer'] },
    },
    data: {},
    providers: { x: ['token'] },
  });
  expect(() => derive([schema], {}, { resources: ['x_two'], data: [] })).toThrow('x_two');
});
