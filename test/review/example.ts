import { App, Testing, type TerraformStack } from 'cdktf';
import { fileURLToPath } from 'node:url';
import { loadDeclaration } from '../../src/config/load.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import type { Synthesized } from '../../src/synthesized/resource.ts';
import { AwsTrustStack } from '../../stacks/aws-trust.ts';
import { HostStack } from '../../stacks/host.ts';
import { InfisicalStack } from '../../stacks/infisical.ts';
import { OpenBaoStack } from '../../stacks/openbao.ts';

type Change = (text: string) => string;

const same: Change = (text) => text;

const texts = await synthesizeExample();

/** The example `backbone.yaml`, synthesized in this process; each stack changed as its text is. */
export function example(changes: Readonly<Record<string, Change>> = {}): Synthesized {
  return {
    stacks: texts.map(([name, text]) => parseStack(name, (changes[name] ?? same)(text), name)),
  };
}

/** Replaces a text that must be there. */
export function replacing(from: string, to: string): Change {
  return (text) => {
    if (!text.includes(from)) throw new Error(`not in what was synthesized: ${from}`);
    return text.replace(from, to);
  };
}

async function synthesizeExample(): Promise<readonly (readonly [string, string])[]> {
  const file = fileURLToPath(new URL('../../backbone.yaml', import.meta.url));
  const { declaration, directory, caCertificate } = await loadDeclaration(file);
  const backbone = resolveBackbone(declaration, directory);
  const text = (make: (app: App) => TerraformStack) =>
    Testing.synth(
      make(new App({ context: { targetVersions: { terraform: '>=1.11', opentofu: '>=1.11' } } })),
    );
  const { infisical } = backbone;
  return [
    ['aws-trust', text((app) => new AwsTrustStack(app, backbone, { caCertificate }))],
    ['host', text((app) => new HostStack(app, backbone))],
    ...(infisical === undefined
      ? []
      : [['infisical', text((app) => new InfisicalStack(app, backbone, infisical))] as const]),
    ['openbao', text((app) => new OpenBaoStack(app, backbone))],
  ];
}
