import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseStack } from '../../../src/synthesized/parse.ts';
import type { JsonObject, Synthesized } from '../../../src/synthesized/resource.ts';
import type { TestServer } from './server.ts';
import { Workspace } from './workspace.ts';

/** Resources of the stack `openbao` on a real OpenBao, by real Terraform, and what was synthesized for it. */
export async function applied(
  server: TestServer,
  mirror: string,
  resource: JsonObject,
): Promise<{ readonly workspace: Workspace; readonly synthesized: Synthesized }> {
  const text = JSON.stringify({ resource });
  const workspace = await Workspace.create(server, mirror);
  await workspace.write('');
  await writeFile(join(workspace.directory, 'stack.tf.json'), text);
  await workspace.init();
  await workspace.apply();
  return { workspace, synthesized: { stacks: [parseStack('openbao', text, 'openbao')] } };
}
