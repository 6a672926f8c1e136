import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Acknowledgement } from '../../src/guardrails/acknowledge.ts';
import { enforce, GuardrailsRefused } from '../../src/guardrails/enforce.ts';
import { judge, refusing } from '../../src/guardrails/judge.ts';
import { readFindings, readRefused } from '../../src/guardrails/output.ts';
import { countsText, findingsText } from '../../src/guardrails/text.ts';
import { declared, set, synthesized } from './example.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const at = 'openbao/vault_approle_auth_backend_role.unpoller: secret_id_num_uses = 5';
const accepted: Acknowledgement = {
  ...{ rule: 'approle-secret-id-uses', at, reason: 'five boots a day, until it has a certificate' },
  ...{ owner: 'monitoring', until: '2026-12-31' },
};
const five = set(
  'openbao',
  'resource/vault_approle_auth_backend_role/unpoller/secret_id_num_uses',
  5,
);

const options = (acknowledgements: readonly Acknowledgement[], change = five, when = now) => ({
  synthesized: synthesized(change),
  declared,
  acknowledgements,
  now: when,
});
const errors = (...given: Parameters<typeof options>) =>
  refusing(judge(options(...given))).map(({ rule }) => rule);

describe('an acknowledgement', () => {
  it('is of one finding, and lets that one pass', () => {
    expect(errors([])).toEqual(['approle-secret-id-uses']);
    expect(errors([accepted])).toEqual([]);
    const [finding] = judge(options([accepted])).filter(({ acknowledged }) => acknowledged);
    expect(finding).toMatchObject({ at, acknowledged: { owner: 'monitoring' } });
  });

  it.each([
    ['another rule', { rule: 'approle-cidr' }],
    ['another place', { at: at.replace('unpoller', 'workstation') }],
    ['another value', { at: at.replace('5', '6') }],
    ['the place without its value', { at: at.replace(/:.*/, '') }],
    ['a pattern', { at: 'openbao/*' }],
    ['a rule that there is not', { rule: 'no-such-rule' }],
  ])('of %s lets nothing pass, and is stale', (_, change) => {
    expect(errors([{ ...accepted, ...change }])).toEqual([
      'acknowledgement-stale',
      'approle-secret-id-uses',
    ]);
  });

  it('is stale when its finding is gone', () => {
    expect(errors([accepted], () => undefined)).toEqual(['acknowledgement-stale']);
  });

  it('counts on its last day, and no second longer', () => {
    const last = Date.parse('2026-12-31T23:59:59.999Z');
    expect(errors([accepted], five, last)).toEqual([]);
    expect(errors([accepted], five, last + 1)).toEqual([
      'acknowledgement-expired',
      'approle-secret-id-uses',
    ]);
  });

  it('ends within 366 days', () => {
    expect(errors([{ ...accepted, until: '2027-11-25' }])).toEqual([]);
    expect(errors([{ ...accepted, until: '2027-11-26' }])).toEqual(['acknowledgement-far']);
  });

  it('stands once, and about itself there is none', () => {
    expect(errors([accepted, accepted])).toEqual(['acknowledgement-twice']);
    const stale = { ...accepted, at: 'openbao/x' };
    const about = {
      ...accepted,
      rule: 'acknowledgement-stale',
      at: `declaration/acknowledge.0: ${stale.rule} at ${stale.at}`,
    };
    expect(errors([stale, about], () => undefined)).toEqual([
      'acknowledgement-stale',
      'acknowledgement-stale',
    ]);
  });

  it('lets a warning pass, too', () => {
    const warning = {
      ...accepted,
      ...{ rule: 'template-plain-http', at: 'host/proxmox_download_file.template-pve1: url' },
    };
    const findings = judge(options([warning], () => undefined));
    expect(countsText(findings)).toBe('0 errors, 1 warning, 1 acknowledged');
    expect(findingsText(findings)).toContain('until 2026-12-31 by monitoring');
  });
});

describe('enforcing', () => {
  const directory = () => mkdtemp(join(tmpdir(), 'enforce-'));

  it('tells of every finding where and what to do, and keeps what was refused for a review', async () => {
    const place = await directory();
    const refusal = await enforce(place, options([])).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(GuardrailsRefused);
    expect(refusal).toMatchObject({ exitStatus: 3 });
    const { message } = refusal as GuardrailsRefused;
    expect(message).toContain(`error approle-secret-id-uses`);
    expect(message).toContain(`at ${at}`);
    expect(message).toContain('secret_id_num_uses = 1.');
    expect(message).toContain('warning template-plain-http');
    expect(message).toContain('1 error, 2 warnings, 0 acknowledged; nothing was written');
    expect(await readRefused(place)).toEqual(synthesized(five));
    expect(await readFindings(place)).toHaveLength(3);
    expect((await stat(join(place, 'refused.json'))).mode & 0o777).toBe(0o600);
  });

  it('leaves the findings and no refused stack where nothing is wrong', async () => {
    const place = await directory();
    await enforce(place, options([])).catch(() => undefined);
    const warnings = await enforce(place, options([accepted]));
    expect(warnings.map(({ severity }) => severity)).toEqual(['warning', 'warning']);
    expect(await readFindings(place)).toHaveLength(3);
    await expect(readFile(join(place, 'refused.json'))).rejects.toThrow('ENOENT');
  });
});
