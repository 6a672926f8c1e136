import { Construct } from 'constructs';
import { GenericEndpoint } from '@cdktf/provider-vault/lib/generic-endpoint/index.js';
import { Mount } from '@cdktf/provider-vault/lib/mount/index.js';
import { PkiSecretBackendRole } from '@cdktf/provider-vault/lib/pki-secret-backend-role/index.js';
import { PkiSecretBackendRootCert } from '@cdktf/provider-vault/lib/pki-secret-backend-root-cert/index.js';
import type { Seconds } from '../../config/brands.ts';
import { ConstructError } from '../construct-error.ts';
import { named } from '../logical-id.ts';

const day = 86_400;
const years = 365 * day;

/** Life of the CA in seconds. No certificate outlives it, so it is replaced before (docs/decisions/0010). */
export const authorityTtl = 10 * years;

export interface CertificateAuthorityProps {
  /** Mount path. */
  readonly path: string;
  /** Name of the CA. */
  readonly commonName: string;
  /** For whoever lists the mounts. */
  readonly description: string;
  /** Terraform refuses to destroy or replace mount and CA, and with them every certificate. @default true */
  readonly protection?: boolean;
}

export interface LeafRoleProps {
  readonly roleName: string;
  /** The only names that its certificates have. */
  readonly names: readonly string[];
  readonly use: 'client' | 'server';
  /** Life of a certificate, in seconds. */
  readonly ttl: Seconds;
}

/**
 * A certificate authority: for the clients of OpenBao itself, or for services, never for both.
 *
 * Guarantees: its key is made inside OpenBao and never leaves it, not into Terraform's state either; it
 * signs no other CA; expired certificates do not pile up.
 */
export class CertificateAuthority extends Construct {
  /** PEM of the CA; a value of Terraform, known after the first apply. */
  readonly certificate: string;
  private readonly path: string;
  private readonly root: PkiSecretBackendRootCert;

  constructor(scope: Construct, id: string, props: CertificateAuthorityProps) {
    super(scope, id);
    const lifecycle = { preventDestroy: props.protection ?? true };
    const mount = named(
      new Mount(this, 'Resource', {
        path: props.path,
        type: 'pki',
        description: props.description,
        // Of the mount, not of the system, whose hour the CA could not live by.
        maxLeaseTtlSeconds: authorityTtl,
        lifecycle,
      }),
      props.path,
    );
    this.path = mount.path;
    this.root = named(
      new PkiSecretBackendRootCert(this, 'Root', {
        backend: mount.path,
        type: 'internal',
        commonName: props.commonName,
        excludeCnFromSans: true,
        keyType: 'ec',
        keyBits: 256,
        maxPathLength: 0,
        ttl: String(authorityTtl),
        lifecycle,
      }),
      props.path,
    );
    this.certificate = this.root.certificate;
    named(
      new GenericEndpoint(this, 'Tidy', {
        path: `${props.path}/config/auto-tidy`,
        dataJson: JSON.stringify({
          enabled: true,
          interval_duration: day / 2,
          tidy_cert_store: true,
          tidy_revoked_certs: true,
          safety_buffer: day,
        }),
        ignoreAbsentFields: true,
        disableDelete: true,
        dependsOn: [mount],
      }),
      `tidy-${props.path}`,
    );
  }

  /**
   * A role that signs certificates of exact names for one use, with an elliptic key of 256 bits or more
   * that is the requester's own, stored so that they can be revoked. What else a request asks for is refused or left out.
   *
   * @throws ConstructError  the CA would not outlive the certificates
   */
  addLeafRole(props: LeafRoleProps): void {
    const scope = new Construct(this, props.roleName);
    if (props.ttl >= authorityTtl) {
      throw new ConstructError(
        scope,
        `certificates of ${String(props.ttl)} s would outlive their CA of ${String(authorityTtl)} s`,
      );
    }
    named(
      new PkiSecretBackendRole(scope, 'Resource', {
        backend: this.path,
        name: props.roleName,
        issuerRef: 'default',
        ttl: String(props.ttl),
        maxTtl: String(props.ttl),
        // Nodes of a cluster whose clocks differ must not refuse what another of them has just signed.
        notBeforeDuration: '5m',
        allowedDomains: [...props.names],
        allowBareDomains: true,
        allowAnyName: false,
        allowGlobDomains: false,
        allowIpSans: false,
        allowLocalhost: false,
        allowSubdomains: false,
        allowWildcardCertificates: false,
        enforceHostnames: true,
        cnValidations: ['hostname'],
        requireCn: true,
        useCsrCommonName: true,
        useCsrSans: false,
        clientFlag: props.use === 'client',
        serverFlag: props.use === 'server',
        codeSigningFlag: false,
        emailProtectionFlag: false,
        keyType: 'ec',
        keyBits: 256,
        keyUsage: ['DigitalSignature'],
        extKeyUsage: [props.use === 'client' ? 'ClientAuth' : 'ServerAuth'],
        generateLease: false,
        noStore: false,
        dependsOn: [this.root],
      }),
      props.roleName,
    );
  }
}
