import type { Command } from './processes/process.ts';
import type { Server } from './record.ts';

/** How one server of the lab is started, and when it is. */
export interface ServerPlan {
  readonly server: Server;
  readonly prepare: () => Promise<Command | Waiting>;
  readonly ready: () => Promise<boolean>;
}

/** It cannot be started yet. */
export interface Waiting {
  readonly waitsFor: string;
}
