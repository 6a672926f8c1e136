import type { TypeMeaning } from './meaning.ts';

/** The resource types of Proxmox, and Terraform's own. */
export const proxmoxTypes: Readonly<Record<string, TypeMeaning>> = {
  proxmox_virtual_environment_container: {
    subject: 'container',
    key: ['vm_id'],
    arguments: {
      cpu: 'inert',
      memory: { dedicated: 'inert', swap: 'amount' },
      disk: 'inert',
      features: {
        // Systemd in an unprivileged container needs it.
        nesting: 'fixed',
        keyctl: 'opening',
        fuse: 'opening',
        mount: 'all-of',
      },
      initialization: {
        dns: 'inert',
        hostname: 'inert',
        ip_config: 'inert',
        user_account: { keys: 'all-of' },
      },
      // A volume of a storage; what reaches into the host is judged by a rule.
      mount_point: { volume: 'fixed', path: 'fixed', size: 'inert', backup: 'opening' },
      network_interface: { bridge: 'fixed', firewall: 'guard', name: 'inert' },
      node_name: 'fixed',
      operating_system: 'fixed',
      pool_id: 'fixed',
      protection: 'inert',
      start_on_boot: 'inert',
      started: 'inert',
      startup: 'inert',
      unprivileged: 'guard',
      vm_id: 'inert',
    },
    // Its SSH keys and its console are a way in.
    created: 'widens',
    removed: 'narrows',
  },
  proxmox_virtual_environment_firewall_options: {
    subject: 'firewall',
    key: ['node_name', 'container_id'],
    arguments: {
      container_id: 'fixed',
      node_name: 'fixed',
      enabled: 'guard',
      input_policy: 'door',
      output_policy: 'door',
      ipfilter: 'guard',
      macfilter: 'guard',
      dhcp: 'opening',
      // How neighbours find each other by IPv6, and on by default; what they reach stands in the rules.
      ndp: 'inert',
      radv: 'opening',
    },
    created: 'nothing',
    removed: 'widens',
  },
  proxmox_virtual_environment_firewall_rules: {
    subject: 'firewall',
    key: ['node_name', 'container_id'],
    arguments: { container_id: 'fixed', node_name: 'fixed', rule: 'policy' },
    created: 'by its policies',
    removed: 'by its policies',
  },
  proxmox_virtual_environment_pool: {
    subject: 'pool',
    name: 'pool_id',
    arguments: { comment: 'inert', pool_id: 'fixed' },
    created: 'nothing',
    removed: 'narrows',
  },
  // What runs in a container comes from it.
  proxmox_download_file: {
    subject: 'template',
    key: ['node_name', 'datastore_id', 'file_name'],
    arguments: {
      checksum: 'fixed',
      checksum_algorithm: 'fixed',
      content_type: 'fixed',
      datastore_id: 'fixed',
      file_name: 'fixed',
      node_name: 'fixed',
      overwrite: 'inert',
      overwrite_unmanaged: 'inert',
      url: 'fixed',
    },
    created: 'nothing',
    removed: 'nothing',
  },
  // Runs nothing by itself; what its provisioner runs is read in a file of its own.
  terraform_data: {
    subject: 'order',
    arguments: { input: 'inert', triggers_replace: 'inert', provisioner: 'policy' },
    created: 'by its policies',
    removed: 'nothing',
  },
};

/** What is only read, and gives nobody anything. Any other data source may run a program or read a secret. */
export const dataTypes: Readonly<Record<string, TypeMeaning>> = {
  proxmox_virtual_environment_containers: {
    subject: 'list of containers',
    arguments: {},
    created: 'nothing',
    removed: 'nothing',
  },
  proxmox_virtual_environment_vms: {
    subject: 'list of virtual machines',
    arguments: {},
    created: 'nothing',
    removed: 'nothing',
  },
};
