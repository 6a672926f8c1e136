import type { Name } from '../brands.ts';
import type { ConsumerDeclaration } from '../declaration.ts';
import { entries, type Facts } from '../facts.ts';
import { nearest } from '../nearest.ts';
import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';

function enabledGithub({ github }: Facts) {
  return github?.enabled === true ? github : undefined;
}

interface Granted {
  readonly consumer: string;
  readonly declared: ConsumerDeclaration;
  readonly path: Path;
}

function grantsOf({ consumers }: Facts, kind: 'github' | 'broker'): readonly Granted[] {
  return [...consumers].flatMap(([consumer, declared]) =>
    declared.grants.flatMap((grant, index) =>
      kind in grant
        ? [{ consumer, declared, path: ['consumers', consumer, 'grants', index, kind] }]
        : [],
    ),
  );
}

/** Exactly one container signs as the App, and it does nothing else; without `github` nobody does. */
export const githubBroker: Rule = (facts) => {
  const brokers = grantsOf(facts, 'broker');
  if (enabledGithub(facts) === undefined) {
    // An unread section is refused by the schema; its grants are not refused besides.
    if (facts.github === undefined) return [];
    return [...brokers, ...grantsOf(facts, 'github')].map(({ path }) => ({
      path,
      problem: 'the section github is not enabled',
      fix: 'remove the grant, or write github.enabled: true',
    }));
  }
  if (brokers.length === 0) {
    return [
      {
        path: ['github', 'enabled'],
        problem: 'no consumer is the broker, so nobody could give out a token',
        fix: 'grant `broker: github` to a consumer of kind lxc of its own',
      },
    ];
  }
  return brokers.flatMap(({ consumer, declared, path }, index): readonly Finding[] => {
    if (index > 0) {
      return [
        {
          path,
          problem: `${brokers[0]?.consumer ?? ''} is the broker already`,
          fix: 'remove one of the two grants',
        },
      ];
    }
    if (declared.kind !== 'lxc') {
      return [
        {
          path,
          problem: `${consumer} is of kind ${declared.kind}, and the broker is a service in a container of its own`,
          fix: 'grant it to a consumer of kind lxc',
        },
      ];
    }
    return declared.grants.length === 1
      ? []
      : [
          {
            path,
            problem: 'whoever may sign as the App reads nothing else',
            fix: `leave ${consumer} this grant alone`,
          },
        ];
  });
};

/** A context is of an account where the App is installed, and says what it is for. */
export const githubContexts: Rule = (facts) => {
  const github = enabledGithub(facts);
  if (github === undefined) return [];
  const accounts = new Map<string, (typeof github.accounts)[keyof typeof github.accounts]>(
    Object.entries(github.accounts),
  );
  return entries(github.contexts).flatMap(([key]): readonly Finding[] => {
    const context = github.contexts[key as Name];
    if (context === undefined) return [];
    const path = ['github', 'contexts', key];
    const { account, repositories, permissions, verbs } = context;
    const installed = accounts.get(account);
    const near = nearest(account, [...accounts.keys()]);
    const findings: Finding[] = [];
    if (installed === undefined) {
      findings.push({
        path: [...path, 'account'],
        received: JSON.stringify(account),
        problem: 'the App is not installed there',
        fix: near === undefined ? 'declare it under github.accounts' : `write ${near}`,
      });
    }
    const tokens = Object.keys(permissions).length > 0;
    if (!tokens && verbs.length === 0) {
      findings.push({
        path,
        problem: 'it allows nothing',
        fix: 'write permissions, verbs, or both',
      });
    }
    const inRepositories = tokens || verbs.some((verb) => verb !== 'create-repo');
    if (inRepositories && repositories.length === 0) {
      findings.push({
        path: [...path, 'repositories'],
        problem: 'no repository, which GitHub would read as all of them',
        fix: 'name each repository',
      });
    }
    const twice = repositories.findIndex((one, index) =>
      repositories.slice(0, index).some((other) => other.toLowerCase() === one.toLowerCase()),
    );
    if (twice >= 0) {
      findings.push({
        path: [...path, 'repositories', twice],
        problem: 'it stands above; GitHub takes no notice of capitals',
        fix: 'remove one',
      });
    }
    if (verbs.includes('create-repo') && installed?.kind === 'user') {
      findings.push({
        path: [...path, 'verbs', verbs.indexOf('create-repo')],
        problem: "GitHub lets no App make repositories in a user's account by an installation",
        fix: 'remove create-repo, or choose an organization',
      });
    }
    return findings;
  });
};
