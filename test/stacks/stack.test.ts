import { join } from 'node:path';
import { App, type TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import type { Backbone } from '../../src/model/backbone.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { AwsTrustStack } from '../../stacks/aws-trust.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';
import { Template } from '../constructs/template.ts';
import {
  agent,
  declare,
  input,
  profile,
  reversed,
  type DeclarationInput,
} from '../fixtures/declaration.ts';

const caCertificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const stacks: Record<string, (app: App, backbone: Backbone) => TerraformStack> = {
  'aws-trust': (app, backbone) => new AwsTrustStack(app, backbone, { caCertificate }),
  openbao: (app, backbone) => new OpenBaoStack(app, backbone),
};

const synth = (name: string, declared: DeclarationInput = input) =>
  Template.ofStack((app) => {
    const build = stacks[name];
    if (build === undefined) throw new Error(`no stack ${name}`);
    return build(app, resolveBackbone(declare(declared)));
  });

/** Every string of a JSON value, however deep. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

describe.each(Object.keys(stacks))('the stack %s', (name) => {
  const template = synth(name);

  it('has names that people gave: no address carries a hash', () => {
    expect(template.addresses.filter((address) => /_[0-9A-F]{8}$/.test(address))).toEqual([]);
    expect(Object.keys(template.outputs).filter((output) => !/^[a-z_]+$/.test(output))).toEqual([]);
  });

  it('does not depend on the order of the declaration', () => {
    expect(synth(name, reversed(input)).text).toBe(template.text);
  });

  it('keeps every address when something is declared beside it', () => {
    const grown = synth(name, {
      ...input,
      profiles: { aaa: profile(), ...input.profiles },
      consumers: { aaa: agent('203.0.113.8/32', { profile: 'aaa' }), ...input.consumers },
    });
    expect(grown.addresses).toEqual(expect.arrayContaining([...template.addresses]));
    expect(grown.addresses.length).toBeGreaterThan(template.addresses.length);
  });

  it('reads no state of another stack, and no data at all', () => {
    expect(template.data).toEqual({});
    expect(template.text).not.toContain('terraform_remote_state');
  });

  it('refers to its own resources only: the declaration brings no "${" or "%{" in', () => {
    const addresses = new Set(template.addresses);
    const references = strings({ resource: template.resources, output: template.outputs }).flatMap(
      (text) => text.match(/[$%]\{[^}]*\}/g) ?? [],
    );
    expect(references.length).toBeGreaterThan(0);
    for (const reference of references) {
      const [, type, logicalName] = /^\$\{([a-z0-9_]+)\.([\w-]+)\.[a-z_]+\}$/.exec(reference) ?? [];
      expect(addresses, reference).toContain(`${String(type)}.${String(logicalName)}`);
    }
  });

  it('holds no attribute that could carry a secret value', () => {
    const attributes = JSON.stringify(template.resources).match(/"[a-z0-9_]+":/g) ?? [];
    expect(attributes.filter((attribute) => secretAttributes.test(attribute))).toEqual([]);
  });
});

/** Attributes of the providers in use that take a secret (provider schemas, `sensitive`). */
const secretAttributes =
  /^"(access_key|secret_key|secret_id|password|token|client_token|oidc_client_secret|private_key|secret_string|data_json_wo|password_wo)":$/;

describe('the state of a stack', () => {
  it('in a bucket has a key of its own and the lock file beside it, encrypted', () => {
    const state = {
      backend: 's3',
      bucket: 'tfstate',
      prefix: 'backbone',
      region: 'us-east-2',
    } as const;
    expect(synth('openbao', { ...input, state }).terraform).toMatchObject({
      backend: {
        s3: {
          bucket: 'tfstate',
          key: 'backbone/openbao.tfstate',
          encrypt: true,
          use_lockfile: true,
        },
      },
    });
  });

  it('in files lies in the declared directory, one file a stack', () => {
    const state = { backend: 'local', directory: '/srv/state' } as const;
    expect(synth('openbao', { ...input, state }).terraform).toMatchObject({
      backend: { local: { path: '/srv/state/openbao.tfstate' } },
    });
  });

  it('in files is found from where Terraform runs, and names no directory of this machine', () => {
    const app = new App({ outdir: join(process.cwd(), 'cdktf.out') });
    const stack = new OpenBaoStack(app, resolveBackbone(declare()));
    expect(stack.toTerraform()).toMatchObject({
      terraform: { backend: { local: { path: '../../../state/openbao.tfstate' } } },
    });
  });
});
