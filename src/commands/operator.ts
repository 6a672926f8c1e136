import { defineCommand } from 'citty';

export const operator = defineCommand({
  meta: { name: 'backbone operator', description: 'People, where they log in by userpass' },
  subCommands: {
    add: () => import('./operator-add.ts').then((module) => module.operatorAdd),
  },
});
