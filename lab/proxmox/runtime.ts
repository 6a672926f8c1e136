import type { Guest, State } from './state.ts';

/** What runs the containers of the double. An error of it is what the task ends with. */
export interface Runtime {
  readonly create: (guest: Guest, template: string, sshKeys: readonly string[]) => Promise<void>;
  readonly start: (guest: Guest) => Promise<void>;
  /** Pulls the plug. */
  readonly stop: (guest: Guest) => Promise<void>;
  /** @param seconds  how long it may take to stop in order */
  readonly shutdown: (guest: Guest, seconds: number) => Promise<void>;
  readonly reboot: (guest: Guest) => Promise<void>;
  readonly destroy: (guest: Guest) => Promise<void>;
  /** What it really is at this moment. */
  readonly status: (guest: Guest) => Promise<Guest['status']>;
  /** Makes the packet filter what the state says. */
  readonly filter: (state: State) => Promise<void>;
}

const nothing = () => Promise.resolve();

/** A container that runs is a word in the state: nothing boots, and no packet is filtered. */
export const words: Runtime = {
  ...{ create: nothing, start: nothing, stop: nothing, shutdown: nothing, reboot: nothing },
  ...{ destroy: nothing, filter: nothing },
  status: ({ status }) => Promise.resolve(status),
};
