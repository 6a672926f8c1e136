import { defineConfig } from 'vitest/config';

/** `unit` starts no server and no tool; `lab` runs real ones, so it gets time, and few at once. */
export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.lab.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/**/*.lab.test.ts'],
          // To end what hangs, not to judge what is slow.
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          // After the quick ones, which say sooner what is wrong.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
