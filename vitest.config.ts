import { defineConfig } from 'vitest/config';

/** Files that run real servers at once: most of their time they wait for those. */
const maxWorkers = 3;

/**
 * `unit` starts no server and no tool; `lab` runs real ones, so it gets time, and few at once; `host` boots
 * real systemd containers and needs root. These three are `npm test`. `nightly` is more of `host`, for half
 * an hour and more: `npm run test:host` has both.
 */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.lab.test.ts', '**/*.host.test.ts', '**/*.nightly.test.ts'],
          // To end what hangs, not to judge what is slow: the first import of a command takes seconds.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/**/*.lab.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers,
          // After the quick ones, which say sooner what is wrong.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'host',
          include: ['test/**/*.host.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          maxWorkers,
          // The longest: first of their group (projects of one group go by name), with `lab` beside them.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'nightly',
          include: ['test/**/*.nightly.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
