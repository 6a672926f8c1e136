import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Everything the lab writes, below one directory. */
export interface LabPaths {
  readonly root: string;
  readonly record: string;
  readonly lock: string;
  readonly declaration: string;
  readonly contract: string;
  readonly terraformState: string;
  readonly terraformConfig: string;
  readonly locks: string;
  readonly mirror: string;
  readonly logs: string;
  readonly caCertificate: string;
  /** Kept only for OpenBao in a container. */
  readonly caKey: string;
  readonly caBundle: string;
  readonly rolesAnywhereCa: string;
  /** Kept only for OpenBao in a container. */
  readonly rolesAnywhereCaKey: string;
  readonly hostCertificate: string;
  readonly hostKey: string;
  readonly awsCertificate: string;
  readonly awsKey: string;
  readonly proxmoxCertificate: string;
  readonly proxmoxKey: string;
  readonly proxmoxToken: string;
  readonly infisicalCertificate: string;
  readonly infisicalKey: string;
  /** Client id and client secret of its first identity, JSON. */
  readonly infisicalAdministrator: string;
  readonly infisicalState: string;
  readonly unifiCertificate: string;
  readonly unifiKey: string;
  readonly unifiAccounts: string;
  readonly unifiState: string;
  readonly githubCertificate: string;
  readonly githubKey: string;
  readonly githubState: string;
  /** Of the App; there until it was brought into OpenBao. */
  readonly githubAppKey: string;
  readonly githubAppPublicKey: string;
  readonly brokerCertificate: string;
  readonly brokerKey: string;
  readonly brokerState: string;
  /** Of the client and the broker, as they are shipped. */
  readonly clientBundle: string;
  readonly brokerBundle: string;
  /** Hosts of consumers that are servers of the lab, one directory each. */
  readonly consumerHosts: string;
  /** Watched by Envoy: key and certificate of its listeners in one file, and the secrets that it adds. */
  readonly proxyTls: string;
  readonly proxySecrets: string;
  readonly proxyConfig: string;
  readonly openbaoConfig: string;
  readonly openbaoPid: string;
  readonly openbaoPlugins: string;
  readonly openbaoCertificate: string;
  readonly openbaoKey: string;
  readonly openbaoData: string;
  readonly sealKey: string;
  readonly audit: string;
  readonly auditLogs: readonly [string, string];
  readonly bootstrapPassword: string;
  readonly operatorPassword: string;
  readonly awsState: string;
  readonly proxmoxState: string;
  /** Real containers; see lab/host. */
  readonly hosts: string;
  readonly doublesConfig: string;
  readonly awsConfig: string;
  readonly cliConfig: string;
  readonly adapterConfig: string;
  readonly adapterStatus: string;
  readonly adapterToken: string;
}

/** `BACKBONE_LAB`, else XDG state, else `~/.local/state/credential-backbone/lab`. */
function labRoot(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['BACKBONE_LAB'];
  if (named !== undefined && named !== '') return resolve(named);
  const state = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  return join(state, 'credential-backbone', 'lab');
}

export function labPaths(root: string = labRoot()): LabPaths {
  const at = (...parts: readonly string[]) => join(root, ...parts);
  return {
    root,
    record: at('lab.json'),
    // Beside the directory, which `lab down` removes while it holds the lock.
    lock: `${root}.lock`,
    declaration: at('backbone.yaml'),
    contract: at('contract.json'),
    terraformState: at('terraform'),
    terraformConfig: at('terraform.rc'),
    locks: at('locks'),
    mirror: at('mirror'),
    logs: at('logs'),
    caKey: at('pki', 'ca.key'),
    caCertificate: at('pki', 'ca.pem'),
    caBundle: at('pki', 'bundle.pem'),
    rolesAnywhereCa: at('pki', 'roles-anywhere-ca.pem'),
    rolesAnywhereCaKey: at('pki', 'roles-anywhere-ca.key'),
    hostCertificate: at('pki', 'openbao-host.pem'),
    hostKey: at('pki', 'openbao-host.key'),
    awsCertificate: at('pki', 'aws.pem'),
    awsKey: at('pki', 'aws.key'),
    proxmoxCertificate: at('pki', 'proxmox.pem'),
    proxmoxKey: at('pki', 'proxmox.key'),
    proxmoxToken: at('proxmox', 'token'),
    infisicalCertificate: at('pki', 'infisical.pem'),
    infisicalKey: at('pki', 'infisical.key'),
    infisicalAdministrator: at('infisical', 'administrator.json'),
    infisicalState: at('infisical'),
    unifiCertificate: at('pki', 'unifi.pem'),
    unifiKey: at('pki', 'unifi.key'),
    unifiAccounts: at('unifi', 'accounts'),
    unifiState: at('unifi', 'double'),
    githubCertificate: at('pki', 'github.pem'),
    githubKey: at('pki', 'github.key'),
    githubState: at('github', 'double'),
    githubAppKey: at('github', 'app.private-key.pem'),
    githubAppPublicKey: at('github', 'app.public-key.pem'),
    brokerCertificate: at('pki', 'github-broker.pem'),
    brokerKey: at('pki', 'github-broker.key'),
    brokerState: at('github', 'broker'),
    clientBundle: at('bundles', 'backbone-client.cjs'),
    brokerBundle: at('bundles', 'github-broker.cjs'),
    consumerHosts: at('consumers'),
    proxyTls: at('proxy', 'tls'),
    proxySecrets: at('proxy', 'secrets'),
    proxyConfig: at('proxy', 'envoy.json'),
    openbaoConfig: at('openbao', 'openbao.hcl'),
    openbaoPid: at('openbao', 'openbao.pid'),
    openbaoPlugins: at('openbao', 'plugins'),
    openbaoCertificate: at('pki', 'openbao.pem'),
    openbaoKey: at('pki', 'openbao.key'),
    openbaoData: at('openbao', 'data'),
    // Off the data directory: whoever has both has everything.
    sealKey: at('seal', 'seal.key'),
    audit: at('audit'),
    auditLogs: [at('audit', 'first.log'), at('audit', 'second.log')],
    bootstrapPassword: at('openbao', 'bootstrap-password'),
    operatorPassword: at('openbao', 'operator-password'),
    awsState: at('aws'),
    proxmoxState: at('proxmox'),
    hosts: at('hosts'),
    doublesConfig: at('doubles.json'),
    awsConfig: at('aws', 'config'),
    cliConfig: at('aws', 'cli-config'),
    adapterConfig: at('adapter', 'adapter.json'),
    adapterStatus: at('adapter', 'status.json'),
    adapterToken: at('adapter', 'token'),
  };
}
