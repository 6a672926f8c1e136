import { defineCommand } from 'citty';

export const secret = defineCommand({
  meta: {
    name: 'backbone secret',
    description: 'Values of KV-v2 secrets, which Terraform never sees',
  },
  subCommands: {
    put: () => import('./secret-put.ts').then((module) => module.secretPut),
    list: () => import('./secret-list.ts').then((module) => module.secretList),
  },
});
