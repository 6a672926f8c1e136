import { defineCommand } from 'citty';

export const infisical = defineCommand({
  meta: {
    name: 'backbone infisical',
    description: 'Client secrets of Infisical identities, minted outside Terraform',
  },
  subCommands: {
    issue: () => import('./infisical-issue.ts').then((module) => module.infisicalIssue),
    list: () => import('./infisical-list.ts').then((module) => module.infisicalList),
    revoke: () => import('./infisical-revoke.ts').then((module) => module.infisicalRevoke),
  },
});
