import { describe, expect, it } from 'vitest';
import {
  ContainerTemplate,
  type ContainerTemplateProps,
} from '../../../src/constructs/proxmox/container-template.ts';
import { Template } from '../template.ts';

const props: ContainerTemplateProps = {
  node: 'pve1',
  storage: 'local',
  url: 'https://download.example/debian-13-standard.tar.zst',
  fileName: 'debian-13-standard.tar.zst',
  sha512: 'ab'.repeat(64),
};

describe('ContainerTemplate', () => {
  it('is checked by its SHA-512 and pinned to it', () => {
    const template = Template.of((stack) => new ContainerTemplate(stack, 'template', props));
    expect(template.resource('proxmox_download_file', 'template-pve1')).toMatchObject({
      content_type: 'vztmpl',
      checksum: 'ab'.repeat(64),
      checksum_algorithm: 'sha512',
      // True would replace it when the server has a file of another size.
      overwrite: false,
    });
  });

  it.each([
    ['debian-13-standard.tar.zst', 'debian'],
    ['ubuntu-24.04-standard_24.04-2_amd64.tar.zst', 'ubuntu'],
    ['almalinux-9-default_20240911_amd64.tar.xz', 'centos'],
  ])('knows the type of %s', (fileName, type) => {
    Template.of((stack) => {
      expect(new ContainerTemplate(stack, 'template', { ...props, fileName }).osType).toBe(type);
    });
  });

  it('refuses a file that does not say which distribution it is', () => {
    expect(() =>
      Template.of((stack) => {
        new ContainerTemplate(stack, 'template', { ...props, fileName: 'rootfs.tar.zst' });
      }),
    ).toThrow(/template: the template "rootfs.tar.zst" should begin with a distribution/);
  });

  it('waits for the one before it', () => {
    const template = Template.of((stack) => {
      const first = new ContainerTemplate(stack, 'first', props);
      new ContainerTemplate(stack, 'second', { ...props, node: 'pve2', after: first });
    });
    expect(template.resource('proxmox_download_file', 'template-pve2')['depends_on']).toEqual([
      'proxmox_download_file.template-pve1',
    ]);
    expect(template.resource('proxmox_download_file', 'template-pve1')).not.toHaveProperty(
      'depends_on',
    );
  });
});
