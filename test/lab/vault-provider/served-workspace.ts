import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { standInMirror } from './mirrors.ts';
import { TestServer } from './server.ts';
import { Workspace } from './workspace.ts';

/** One OpenBao and one mirror with the stand-in for a test file, and a working directory for each test. */
export interface Served {
  readonly server: TestServer;
  readonly mirror: string;
  readonly workspace: Workspace;
}

/**
 * Registers the set-up and the clean-up; what it returns is there while a test runs.
 *
 * @param options.destroy  destroy what each test left at the server
 * @param options.prepare  work on the server before the first test
 */
export function servedWorkspace({
  destroy = false,
  prepare,
}: {
  readonly destroy?: boolean;
  readonly prepare?: (server: TestServer) => Promise<unknown>;
} = {}): Served {
  let server: TestServer | undefined;
  let mirror: string | undefined;
  let workspace: Workspace | undefined;

  beforeAll(async () => {
    server = await TestServer.start();
    mirror = await standInMirror();
    await prepare?.(server);
  });
  afterAll(async () => {
    await server?.stop();
    if (mirror !== undefined) await rm(mirror, { recursive: true, force: true });
  });
  beforeEach(async () => {
    workspace = await Workspace.create(present(server), present(mirror));
  });
  afterEach(async () => {
    if (destroy) await workspace?.run('destroy', '-auto-approve', '-no-color');
    await workspace?.remove();
  });

  return {
    get server() {
      return present(server);
    },
    get mirror() {
      return present(mirror);
    },
    get workspace() {
      return present(workspace);
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('this exists only while a test runs');
  return value;
}
