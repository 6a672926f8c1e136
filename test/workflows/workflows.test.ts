import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = new URL('../../.github/workflows/', import.meta.url);
const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions,
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: permissions.optional(),
      steps: z.array(
        z.looseObject({
          uses: z.string().optional(),
          run: z.string().optional(),
          with: z.record(z.string(), z.unknown()).optional(),
        }),
      ),
    }),
  ),
});
const files = readdirSync(folder).filter((name) => name.endsWith('.yml'));

describe.each(files)('%s', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const { on, permissions: top, jobs } = workflow.parse(parse(text));
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('names every action by the hash of a commit, with its version beside it', () => {
    for (const [, uses = ''] of text.matchAll(/uses: *(.*)/g)) {
      expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it('may read, and writes only where a job says so', () => {
    expect(Object.values(top).filter((right) => right !== 'read')).toEqual([]);
    const writing = Object.values(jobs).flatMap((job) =>
      Object.entries(job.permissions ?? {}).flatMap(([of, right]) => (right === 'write' ? of : [])),
    );
    const allowed = {
      'drift.yml': ['id-token'],
      'plan.yml': ['id-token'],
      'review-comment.yml': ['pull-requests'],
    };
    expect(writing).toEqual((allowed as Record<string, string[]>)[name] ?? []);
  });

  it('runs nothing of strangers where it may write', () => {
    expect(Object.keys(on)).not.toContain('pull_request_target');
    if (!Object.keys(on).includes('workflow_run')) return;
    expect(steps.flatMap(({ uses }) => uses ?? [])).toEqual([]);
    for (const { run = '' } of steps) expect(run).not.toMatch(/\b(git|npm|node|npx|sh|bash) /);
  });

  it('keeps no token in a checkout, and names no secret', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    for (const checkout of checkouts) expect(checkout.with?.['persist-credentials']).toBe(false);
    expect(text).not.toMatch(/\bsecrets\./);
  });

  it('puts no expression into a script: a name of a branch would be a command', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });
});

it('an approved widening is approved for one commit, by a job that is never skipped', () => {
  const text = readFileSync(new URL('pull-request.yml', folder), 'utf8');
  const { jobs } = workflow.parse(parse(text));
  expect(jobs['review']).not.toHaveProperty('if');
  const gate = jobs['review']?.steps.find(({ run }) => run === 'exit 3');
  expect(gate?.['if']).toBe(
    "steps.review.outputs.status == '3' && " +
      "!(github.event.action == 'labeled' && github.event.label.name == 'reach-approved')",
  );
});
