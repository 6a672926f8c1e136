import type { LabPaths } from '../paths.ts';
import { renderAcl, type AclRule } from '../../policies/openbao/acl.ts';

export interface OpenBaoServer {
  readonly paths: LabPaths;
  readonly apiPort: number;
  readonly clusterPort: number;
  readonly awsPlugin: { readonly file: string; readonly sha256: string };
  /** Environment of the AWS engine plugin: where it gets its identity. */
  readonly awsPluginEnv: Readonly<Record<string, string>>;
  /** What the first identity may do. */
  readonly bootstrapAcl: readonly AclRule[];
}

const text = (value: string) => JSON.stringify(value);

/**
 * Server configuration: TLS, raft, static seal with its key off the data volume, two declarative audit
 * devices, the AWS engine as a checksummed plugin, and self-initialisation, so that no root token is ever
 * seen. The first identity's password is read from a file by the server and stands in no configuration.
 * A SecretID cannot be guessed, so a lockout of AppRole would only let whoever knows a role id lock it out.
 */
export function openbaoConfig(server: OpenBaoServer): string {
  const { paths } = server;
  const address = `https://127.0.0.1:${String(server.apiPort)}`;
  return `ui = false
cluster_name = "lab"
api_addr = ${text(address)}
cluster_addr = ${text(`https://127.0.0.1:${String(server.clusterPort)}`)}
default_lease_ttl = "15m"
max_lease_ttl = "1h"
log_level = "info"
pid_file = ${text(paths.openbaoPid)}
plugin_directory = ${text(paths.openbaoPlugins)}
plugin_auto_register = true

listener "tcp" {
  address = "127.0.0.1:${String(server.apiPort)}"
  cluster_address = "127.0.0.1:${String(server.clusterPort)}"
  tls_cert_file = ${text(paths.openbaoCertificate)}
  tls_key_file = ${text(paths.openbaoKey)}
  tls_min_version = "tls12"
}

user_lockout "approle" {
  disable_lockout = true
}

storage "raft" {
  path = ${text(paths.openbaoData)}
  node_id = "lab-1"
}

seal "static" {
  current_key_id = "lab-1"
  current_key = ${text(`file://${paths.sealKey}`)}
}

audit "file" "first" {
  options {
    file_path = ${text(paths.auditLogs[0])}
    mode = "0600"
  }
}

audit "file" "second" {
  options {
    file_path = ${text(paths.auditLogs[1])}
    mode = "0600"
  }
}

plugin "secret" "aws" {
  command = ${text(server.awsPlugin.file)}
  version = "v0.3.0"
  sha256sum = ${text(server.awsPlugin.sha256)}
  env = ${JSON.stringify(Object.entries(server.awsPluginEnv).map(([key, value]) => `${key}=${value}`))}
}

initialize "bootstrap" {
  request "policy" {
    operation = "update"
    path = "sys/policies/acl/bootstrap"
    data = {
      policy = ${text(renderAcl(server.bootstrapAcl))}
    }
  }
  request "auth" {
    operation = "update"
    path = "sys/auth/bootstrap"
    data = {
      type = "userpass"
      description = "First identity: first deployment and break-glass"
    }
  }
  request "user" {
    operation = "update"
    path = "auth/bootstrap/users/bootstrap"
    data = {
      password = {
        eval_source = "file"
        eval_type = "string"
        path = ${text(paths.bootstrapPassword)}
      }
      token_policies = ["bootstrap"]
      token_no_default_policy = true
      token_ttl = "30m"
      token_max_ttl = "30m"
      token_bound_cidrs = ["127.0.0.1/32"]
    }
  }
}
`;
}
