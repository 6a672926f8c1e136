import { describe, expect, it } from 'vitest';
import { rules as guardrails } from '../../policies/rules/index.ts';
import { ruleView } from '../../policies/rules/reading/view.ts';
import { declaredOf } from '../../src/guardrails/declared.ts';
import { resolveBackbone } from '../../src/model/backbone.ts';
import { compareFirewalls } from '../../src/review/reach/firewall.ts';
import { view } from '../../src/review/reach/view.ts';
import { parseStack } from '../../src/synthesized/parse.ts';
import { ServiceHostStack } from '../../stacks/service-host.ts';
import { Template } from '../constructs/template.ts';
import { declare } from '../fixtures/declaration.ts';
import { withServices } from '../fixtures/services.ts';

const backbone = resolveBackbone(declare(withServices()));
type Stack = 'github-host' | 'proxy-host';

function synthesize(stack: Stack, from = backbone): Template {
  const host = from.serviceHosts.find((one) => one.stack === stack);
  if (host === undefined) throw new Error(`no ${stack}`);
  return Template.ofStack((app) => new ServiceHostStack(app, from, host));
}

const [broker, proxy] = [synthesize('github-host'), synthesize('proxy-host')];
const ruleType = 'proxmox_virtual_environment_firewall_rules';
const rulesOf = (template: Template, name: string) =>
  (template.resource(ruleType, name)['rule'] as readonly Record<string, string>[]).map(
    ({ type, action, proto = '*', source, dest, dport = '*' }) =>
      [type, action, source ?? dest ?? 'any', proto, dport].join(' '),
  );

describe('the stacks of service hosts', () => {
  it('are of the declaration only where their container is this program’s to make', () => {
    expect(backbone.stacks.slice(0, 3)).toEqual(['host', 'github-host', 'proxy-host']);
    const one = resolveBackbone(declare(withServices({ proxy: {} })));
    expect(one.stacks).toContain('proxy-host');
    expect(one.stacks).not.toContain('github-host');
    expect(resolveBackbone(declare()).serviceHosts).toEqual([]);
  });

  it('make a container, its firewall and its start, and neither pool nor template again', () => {
    expect([...broker.addresses].sort()).toEqual([
      'proxmox_virtual_environment_container.github-broker',
      'proxmox_virtual_environment_firewall_options.github-broker',
      'proxmox_virtual_environment_firewall_rules.github-broker',
      'terraform_data.container-github-broker',
      'terraform_data.start-github-broker',
    ]);
    expect(broker.resource('proxmox_virtual_environment_container', 'github-broker')).toMatchObject(
      {
        ...{ vm_id: 140, node_name: 'pve1', pool_id: 'credential-backbone', unprivileged: true },
        ...{ started: false, protection: false, memory: { dedicated: 512, swap: 0 } },
        operating_system: { template_file_id: 'local:vztmpl/debian-13.tar.zst', type: 'debian' },
      },
    );
  });

  it('put it on its own node, of its own size, and leave it stopped where that is declared', () => {
    const other = resolveBackbone(
      declare(withServices({ broker: { node: 'pve2', memoryMiB: 768, started: false } })),
    );
    const template = synthesize('github-host', other);
    expect(
      template.resource('proxmox_virtual_environment_container', 'github-broker'),
    ).toMatchObject({ node_name: 'pve2', memory: { dedicated: 768 } });
    expect(Object.keys(template.all('terraform_data'))).toEqual(['container-github-broker']);
  });

  it('let in who is granted a context, by one port, and operators by SSH', () => {
    expect(rulesOf(broker, 'github-broker').filter((rule) => rule.startsWith('in '))).toEqual([
      'in ACCEPT 198.51.100.32/28 tcp 8443',
      'in ACCEPT 203.0.113.7/32 tcp 22',
    ]);
  });

  it('let in to each upstream who is granted that one', () => {
    // console and model are granted to nobody.
    expect(rulesOf(proxy, 'egress-proxy').filter((rule) => rule.startsWith('in '))).toEqual([
      'in ACCEPT 198.51.100.32/28 tcp 8443',
      'in ACCEPT 203.0.113.7/32 tcp 22',
    ]);
  });

  it('drop what goes out elsewhere than to OpenBao, name servers and what it is there for', () => {
    expect(
      broker.resource('proxmox_virtual_environment_firewall_options', 'github-broker'),
    ).toMatchObject({ input_policy: 'DROP', output_policy: 'DROP', enabled: true });
    expect(rulesOf(broker, 'github-broker').filter((rule) => rule.startsWith('out '))).toEqual([
      'out ACCEPT 192.0.2.1 udp 53',
      'out ACCEPT 192.0.2.1 tcp 53',
      'out ACCEPT 192.0.2.20/32 tcp 8200',
      'out DROP 10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.168.0.0/16 * *',
      'out DROP ::1/128,fc00::/7,fe80::/10 * *',
      // Debian's packages, and the GitHub API with them.
      'out ACCEPT any tcp 80',
      'out ACCEPT any tcp 443',
    ]);
  });

  it('reach a private upstream by its address, or by the networks of the site, never link-local', () => {
    const out = rulesOf(proxy, 'egress-proxy').filter((rule) => rule.startsWith('out ACCEPT'));
    expect(out).toContain('out ACCEPT 10.0.0.5/32 tcp 8444');
    expect(out.filter((rule) => rule.endsWith(' 443'))).toEqual([
      'out ACCEPT 10.0.0.0/8 tcp 443',
      'out ACCEPT 172.16.0.0/12 tcp 443',
      'out ACCEPT 192.168.0.0/16 tcp 443',
      'out ACCEPT fc00::/7 tcp 443',
      'out ACCEPT any tcp 443',
    ]);
    expect(out.join()).not.toContain('169.254');
  });

  const text = JSON.stringify(JSON.parse(proxy.text));
  const findings = (changed: string) =>
    guardrails.flatMap((rule) =>
      rule
        .check(
          ruleView(
            { stacks: [parseStack('proxy-host', changed, 'proxy-host')] },
            declaredOf(backbone),
          ),
        )
        .map(() => rule.id),
    );

  it('break no guardrail', () => {
    expect(findings(text)).toEqual([]);
  });

  it.each([
    ['"unprivileged":true', '"unprivileged":false', 'container-unprivileged'],
    ['"swap":0', '"swap":64', 'container-swap'],
    ['"input_policy":"DROP"', '"input_policy":"ACCEPT"', 'container-firewall'],
    ['"source":"198.51.100.32/28"', '"source":"0.0.0.0/0"', 'container-firewall-source'],
    ['"started":false', '"started":true', 'container-started-walled'],
  ])('are stopped by one with %s as %s', (is, becomes, rule) => {
    expect(text).toContain(is);
    expect(findings(text.replace(is, becomes))).toEqual([rule]);
  });
});

describe('a review of them', () => {
  const text = JSON.stringify(JSON.parse(broker.text));
  const of = (changed: string) =>
    view({ stacks: [parseStack('github-host', changed, 'github-host')] });
  const verdicts = (changed: (rules: Record<string, string>[]) => Record<string, string>[]) => {
    const json = JSON.parse(text) as {
      resource: Record<string, Record<string, { rule: Record<string, string>[] }>>;
    };
    const rules = json.resource[ruleType]?.['github-broker'];
    if (rules === undefined) throw new Error('no rules');
    rules.rule = changed(rules.rule);
    return compareFirewalls(of(text), of(JSON.stringify(json))).map(
      ({ verdict, what }) => `${verdict} ${what}`,
    );
  };
  const out = { type: 'out', action: 'ACCEPT', proto: 'tcp', dport: '443' };

  it('says nothing where nothing changed', () => {
    expect(verdicts((rules) => rules)).toEqual([]);
  });

  it('calls another way out wider, even one that a later rule names, and one less narrower', () => {
    expect(verdicts((rules) => [...rules, { ...out, dport: '25', dest: '192.0.2.9/32' }])).toEqual([
      'WIDENS ACCEPT out to 192.0.2.9/32 by tcp 25',
    ]);
    // Before the rules that drop, within what stands after them.
    expect(verdicts((rules) => [{ ...out, dest: '10.0.0.9/32' }, ...rules])).toEqual([
      'WIDENS ACCEPT out to 10.0.0.9/32 by tcp 443',
    ]);
    expect(verdicts((rules) => rules.filter(({ dport }) => dport !== '80'))).toEqual([
      'NARROWS ACCEPT out to any by tcp 80',
    ]);
  });

  it('calls a network that is not dropped any more wider, and a rule that drops narrower', () => {
    expect(
      verdicts((rules) => rules.filter(({ dest }) => dest?.startsWith('10.') !== true)),
    ).toEqual([
      'WIDENS DROP out to 10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.168.0.0/16 by any any',
    ]);
    expect(
      verdicts((rules) => [{ ...out, action: 'DROP', dest: '192.0.2.9/32' }, ...rules]),
    ).toEqual(['NARROWS DROP out to 192.0.2.9/32 by tcp 443']);
  });

  it('does not know what another order means', () => {
    expect(verdicts((rules) => [...rules].reverse())).toEqual(['UNKNOWN the order of its rules']);
  });
});
