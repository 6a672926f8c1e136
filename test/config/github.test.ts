import { describe, expect, it } from 'vitest';
import { declaration } from '../../src/config/declaration.ts';
import { factsOf } from '../../src/config/facts.ts';
import { githubBroker, githubContexts } from '../../src/config/rules/github.ts';
import { grants } from '../../src/config/rules/grants.ts';
import { input, type DeclarationInput } from '../fixtures/declaration.ts';

const token = { ttl: '15m', maxTtl: '1h' };
const broker = {
  kind: 'lxc' as const,
  container: { vmid: 140, address: '192.0.2.70' },
  grants: [{ broker: 'github' as const }],
  ...{ token, secretIdTtl: '10m' },
};
const github = {
  enabled: true as const,
  clientId: 'Iv23liLAB',
  accounts: {
    'example-org': { installation: 71, kind: 'organization' as const },
    someone: { installation: 72, kind: 'user' as const },
  },
  contexts: {
    homelab: {
      account: 'example-org',
      repositories: ['homelab'],
      permissions: { contents: 'write' as const },
    },
  },
};
type Consumers = DeclarationInput['consumers'];

/** Problems below `github` and in grants of it; of the schema, the paths. */
function problems(section: unknown, consumers: Consumers = { broker }): readonly string[] {
  const raw = { ...input, consumers: { ...input.consumers, ...consumers }, github: section };
  const parsed = declaration.safeParse(raw);
  if (!parsed.success) return parsed.error.issues.map(({ path }) => path.join('.'));
  return [grants, githubBroker, githubContexts]
    .flatMap((rule) => rule(factsOf(raw, parsed.data)))
    .map(({ problem }) => problem);
}
const withContext = (context: object) => ({ ...github, contexts: { homelab: context } });

describe('github in the declaration', () => {
  it('is accepted with its broker, and when it is left out', () => {
    expect(problems(github)).toEqual([]);
    expect(problems(undefined, {})).toEqual([]);
  });

  it('needs exactly one broker, in a container, with no other grant', () => {
    expect(problems(github, {})).toEqual([expect.stringContaining('no consumer is the broker')]);
    const second = { ...broker, container: { vmid: 141, address: '192.0.2.71' } };
    expect(problems(github, { broker, second })).toEqual([
      expect.stringContaining('is the broker already'),
    ]);
    const agent = { ...input.consumers['terraform-agent'], grants: [{ broker: 'github' }] };
    expect(problems(github, { agent } as unknown as Consumers)).toContainEqual(
      expect.stringContaining('kind agent'),
    );
    const more = { ...broker, grants: [...broker.grants, { github: 'homelab' }] };
    expect(problems(github, { broker: more })).toEqual([expect.stringContaining('nothing else')]);
  });

  it('is switched off with its grants', () => {
    expect(problems({ enabled: false })).toEqual([expect.stringContaining('not enabled')]);
  });

  it.each([
    ['no repository', { account: 'example-org', permissions: { contents: 'read' } }, 'all of them'],
    ['nothing to do', { account: 'example-org', repositories: ['homelab'] }, 'allows nothing'],
    [
      'an account without the App',
      { account: 'elsewhere', verbs: ['create-repo'] },
      'not installed',
    ],
    [
      "a repository in a user's account",
      { account: 'someone', verbs: ['create-repo'] },
      'no App make',
    ],
    [
      'one repository twice',
      { account: 'example-org', repositories: ['a', 'A'], permissions: { contents: 'read' } },
      'stands above',
    ],
  ])('refuses a context with %s', (_, context, words) => {
    expect(problems(withContext(context))).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    ['the right to delete a repository', { permissions: { administration: 'write' } }],
    ['rights over people', { permissions: { members: 'write' } }],
    ['a pattern', { repositories: ['*'] }],
    ['an owner in the name', { repositories: ['example-org/homelab'] }],
    ['a verb that does not exist', { verbs: ['delete-repo'] }],
  ])('has no word for %s', (_, change) => {
    const context = { ...github.contexts.homelab, ...change };
    expect(problems(withContext(context)).length).toBeGreaterThan(0);
  });

  it('refuses a grant to a context that is not declared', () => {
    const agent = { ...broker, container: { vmid: 142, address: '192.0.2.72' } };
    const consumers = { broker, agent: { ...agent, grants: [{ github: 'homelap' }] } };
    expect(problems(github, consumers)).toEqual([expect.stringContaining('no such context')]);
  });
});
