import { z } from 'zod';
import { call } from '../client/openbao.ts';
import type { Consumer } from '../model/consumer.ts';
import { arrivalPath, kvPaths, verifierPaths } from '../model/names.ts';
import type { Question } from './case.ts';
import type { Results } from './results.ts';
import type { Means, Subject } from './subject.ts';

const capabilities = z.record(z.string(), z.unknown());

/** What to try would destroy, were it allowed: here the server is asked what it would let through. */
export async function askCapabilities(
  { officials }: Means,
  consumer: Consumer,
  subject: Subject,
  results: Results,
): Promise<void> {
  const questions = dangerous(consumer);
  const verifier = await officials.become('verifier');
  if (typeof verifier === 'string') {
    for (const { question } of questions) results.notTried(question, verifier);
    return;
  }
  results.check();
  const paths = [...new Set(questions.map(({ path }) => path))];
  const answer = await call(verifier.connection, {
    method: 'POST',
    path: verifierPaths.capabilities,
    body: { accessor: subject.accessor, paths },
  });
  const told = capabilities.parse(answer?.data);
  for (const { question, path, not } of questions) {
    const found = z.array(z.string()).parse(told[path]);
    const let_ = found.includes('root') || not.some((one) => found.includes(one));
    results.add(question, 'the server was asked', {
      got: let_ ? 'allowed' : 'denied',
      said: found.join(', '),
    });
  }
}

interface Dangerous {
  readonly question: Question;
  readonly path: string;
  readonly not: readonly string[];
}

function dangerous({ name, grants, paths, policy }: Consumer): readonly Dangerous[] {
  const one = (
    kind: Question['kind'],
    tries: string,
    path: string,
    ...not: string[]
  ): Dangerous => ({
    question: { who: name, kind, tries, expected: 'denied' },
    path,
    not,
  });
  return [
    ...grants.flatMap((grant) => {
      if (grant.kind !== 'secret' && grant.kind !== 'rotate') return [];
      const { data, metadata } = kvPaths(grant.secret);
      return [
        one('KV other', `delete ${data}`, data, 'delete', 'patch', 'sudo'),
        one(
          'KV other',
          `delete ${metadata} with all versions`,
          metadata,
          'delete',
          'update',
          'patch',
        ),
      ];
    }),
    one('server', 'delete the own arrival', arrivalPath(name), 'delete', 'patch'),
    one('server', 'change the own role', paths.role, 'create', 'update', 'delete'),
    one(
      'server',
      'change the own policy',
      `sys/policies/acl/${policy}`,
      'create',
      'update',
      'delete',
    ),
    one('server', 'seal the server', 'sys/seal', 'update', 'sudo'),
    one('server', 'mount an engine', 'sys/mounts/verify', 'create', 'update'),
    one('server', 'enable a login', 'sys/auth/verify', 'create', 'update'),
  ];
}
