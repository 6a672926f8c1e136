import { describe, expect, it } from 'vitest';
import { explain, whoCan } from '../../src/review/reach/explain.ts';
import { grantsOf } from '../../src/review/reach/grants.ts';
import { example, replacing } from './example.ts';

const grants = grantsOf(example());
const inPolicy = (text: string) => JSON.stringify(text).slice(1, -1);
const subjects = (list: readonly { readonly subject: string }[]) =>
  [...new Set(list.map(({ subject }) => subject))].sort();

describe('explain', () => {
  it('says by which way, and nothing for a sibling', () => {
    const { allowed, denied, unknown } = explain(grants, 'unpoller', 'kv/data/unifi/exporter');
    expect(allowed.map(({ subject, actions }) => [subject, actions])).toEqual([
      ['approle unpoller', ['read']],
      ['certificate unpoller', ['read']],
    ]);
    expect([denied, unknown]).toEqual([[], []]);
    expect(explain(grants, 'unpoller', 'kv/data/unifi/tofu').allowed).toEqual([]);
    expect(explain(grants, 'unpoller', 'kv/data/unifi/exporter2').allowed).toEqual([]);
  });

  it('asks by subject as well, and takes a leading slash', () => {
    const secretId = '/auth/approle/role/unpoller/secret-id';
    const { allowed } = explain(grants, 'approle secret-id-issuer', secretId);
    expect(allowed.map(({ actions }) => actions)).toEqual([['create', 'update']]);
  });

  it('follows a session to an object, not to the one beside it', () => {
    const state = 'arn:aws:s3:::tfstate-unifi-111122223333/unifi/terraform.tfstate';
    const { allowed } = explain(grants, 'network-agent', state);
    expect(allowed.flatMap(({ actions }) => actions)).toEqual(['s3:getobject', 's3:putobject']);
    expect(explain(grants, 'network-agent', `${state}.backup`).allowed).toEqual([]);
  });

  it('a denial decides where it is the more specific rule, and only there', () => {
    const path = 'path "kv/data/unifi/exporter" {\n  capabilities = ["read"]';
    const both = `path "kv/data/unifi/+" {\n  capabilities = ["deny"]\n}\n\npath "kv/data/*" {\n  capabilities = ["read"]`;
    const changed = grantsOf(example({ openbao: replacing(inPolicy(path), inPolicy(both)) }));
    const denied = explain(changed, 'approle unpoller', 'kv/data/unifi/exporter');
    expect(denied.allowed).toEqual([]);
    expect(denied.denied.map(({ grant }) => grant.resource)).toEqual(['kv/data/unifi/+']);
    const allowed = explain(changed, 'approle unpoller', 'kv/data/infisical/network-agent');
    expect(allowed.allowed.map(({ grant }) => grant.resource)).toEqual(['kv/data/*']);
  });

  it('a denial of IAM takes an action away; one under a condition is shown beside it', () => {
    const deny = (condition: string) =>
      inPolicy(
        `{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"${condition}},{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::tfstate-unifi-`,
      );
    const from = inPolicy(
      '{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::tfstate-unifi-',
    );
    const state = 'arn:aws:s3:::tfstate-unifi-111122223333/unifi/terraform.tfstate';
    const ask = (condition: string) =>
      explain(
        grantsOf(example({ openbao: replacing(from, deny(condition)) })),
        'network-agent',
        state,
      );
    expect(ask('').allowed.flatMap(({ actions }) => actions)).toEqual(['s3:getobject']);
    const sometimes = ask(',"Condition":{"Bool":{"aws:SecureTransport":"false"}}');
    expect(sometimes.allowed.flatMap(({ actions }) => actions)).toContain('s3:putobject');
    expect(sometimes.denied).toHaveLength(1);
  });

  it('says what could not be followed', () => {
    const changed = grantsOf(
      example({
        openbao: replacing('"token_no_default_policy": true', '"token_no_default_policy": false'),
      }),
    );
    const { unknown } = whoCan(changed, 'kv/data/unifi/exporter');
    expect(unknown.map(({ unknown: why }) => why)).toEqual([
      'the policy "default" does not stand in these stacks',
    ]);
  });
});

describe('who can', () => {
  it('read a secret: its consumers, its rotation, the operators', () => {
    expect(subjects(whoCan(grants, 'kv/data/unifi/tofu').allowed)).toEqual([
      'approle network-agent',
      'approle unifi-rotation',
      'approle workstation',
      'certificate unifi-rotation',
      'holder of the policy operator',
    ]);
  });

  it('read a state, and become a role', () => {
    const state = 'arn:aws:s3:::tfstate-proxmox-111122223333/proxmox/terraform.tfstate';
    expect(subjects(whoCan(grants, state).allowed)).toEqual([
      'approle plan-runner',
      'approle proxmox-agent',
      'holder of the policy operator',
    ]);
    expect(subjects(whoCan(grants, 'arn:aws:iam::111122223333:role/tf-dns').allowed)).toEqual([
      'AWS principal AWS arn:aws:iam::111122223333:role/openbao-broker',
      'AWS role openbao-broker',
    ]);
  });

  it('read a folder of Infisical', () => {
    expect(subjects(whoCan(grants, 'infisical://homelab/prod/ai').allowed)).toEqual([
      'Infisical identity network-agent',
    ]);
  });

  it('do anything where nobody may: nobody', () => {
    expect(whoCan(grants, 'kv/data/nobody').allowed).toEqual([]);
  });
});
