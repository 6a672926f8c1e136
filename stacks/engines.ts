import type { Construct } from 'constructs';
import { CertificateAuthority } from '../src/constructs/openbao/certificate-authority.ts';
import { DatabaseEngine } from '../src/constructs/openbao/database-engine.ts';
import { SshAuthority } from '../src/constructs/openbao/ssh-authority.ts';
import type { Backbone } from '../src/model/backbone.ts';
import type { Engines } from '../src/model/engines.ts';
import { mounts } from '../src/model/names.ts';
import { openbaoProvider } from './openbao-provider.ts';
import { BackboneStack } from './stack.ts';

/**
 * Engines of OpenBao beside AWS and KV: SSH, databases, a CA for services. Who may use them stands in the
 * policies of the stack `openbao`. No key of a CA and no password of a database is in it.
 */
export class EnginesStack extends BackboneStack {
  constructor(scope: Construct, backbone: Backbone, { ssh, databases, pki }: Engines) {
    super(scope, 'engines', backbone);
    const { protection } = backbone.declaration.openbao;
    openbaoProvider(this, backbone);

    if (ssh !== undefined) {
      const authority = new SshAuthority(this, 'ssh', { path: mounts.ssh, protection });
      for (const { name, ...role } of ssh.roles) authority.addUserRole({ ...role, roleName: name });
    }

    if (databases.length > 0) {
      const engine = new DatabaseEngine(this, 'database', { path: mounts.database, protection });
      for (const { name: connection, roles } of databases) {
        for (const { name, ...role } of roles) {
          engine.addRole({ ...role, roleName: name, connection });
        }
      }
    }

    if (pki !== undefined) {
      const authority = new CertificateAuthority(this, 'services', {
        path: mounts.services,
        commonName: pki.commonName,
        description: 'Signs the certificates of services',
        protection,
      });
      for (const { name, domains, use, ttl } of pki.roles) {
        authority.addLeafRole({ roleName: name, names: domains, use, ttl });
      }
    }
  }
}
