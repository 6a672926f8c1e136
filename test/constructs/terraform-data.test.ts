import { describe, expect, it } from 'vitest';
import { named } from '../../src/constructs/logical-id.ts';
import { TerraformData } from '../../src/constructs/terraform-data.ts';
import { Template } from './template.ts';

describe('TerraformData', () => {
  const template = Template.of((stack) => {
    named(new TerraformData(stack, 'plain'), 'plain');
    named(new TerraformData(stack, 'triggered', { triggersReplace: { id: 'a' } }), 'triggered');
  });

  it('has the triggers that were given, or none', () => {
    expect(template.resource('terraform_data', 'triggered')['triggers_replace']).toEqual({
      id: 'a',
    });
    expect(template.resource('terraform_data', 'plain')).not.toHaveProperty('triggers_replace');
  });

  it('asks for no provider', () => {
    expect(template.terraform).not.toHaveProperty('required_providers');
  });

  it('is synthesized without Terraform on the machine', () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      Template.of((stack) => {
        new TerraformData(stack, 'plain');
      });
    } finally {
      process.env['PATH'] = path;
    }
  });
});
