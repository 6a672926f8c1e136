import type { EnginesContract } from './engines.ts';
import type { FeedContract } from './feed.ts';

/**
 * The contract: what a client has to know of the backbone, and nothing secret. `backbone contract` writes
 * it from the declaration, so that paths, names and lives on both sides come from one source; the client
 * reads it and knows no declaration.
 *
 * All lives are in seconds. All paths are below `/v1/` of the OpenBao API, without slashes around them.
 */
export interface Contract {
  readonly version: 1;
  readonly openbao: {
    /** Base URLs of all nodes, https; any of them answers. */
    readonly addresses: readonly string[];
    /** PEM of the CA of their TLS certificates; absent: the system's. */
    readonly caCertificate?: string;
  };
  readonly logins: {
    readonly approle: string;
    readonly certificate: string;
    readonly operator: { readonly kind: 'userpass' | 'oidc'; readonly mount: string };
  };
  /** Bounds of the life of a wrapping token; whatever is outside was not made by the issuer. */
  readonly wrapTtl: { readonly min: number; readonly max: number };
  /** Whose contract this is: the one consumer of a host. Absent: an operator's or a launcher's. */
  readonly consumer?: string;
  readonly consumers: Readonly<Record<string, ConsumerContract>>;
  readonly profiles: Readonly<Record<string, ProfileContract>>;
  readonly secrets: Readonly<Record<string, SecretContract>>;
  /** Secrets that may be rotated from here, by path. Absent where there are none. */
  readonly rotations?: Readonly<Record<string, RotationContract>>;
  /** Dynamic credentials of other engines. Absent where there are none for whoever has this contract. */
  readonly engines?: EnginesContract;
  /** On the host of the egress proxy alone. */
  readonly feed?: FeedContract;
  /** The program's own identities, for whoever may become them. Absent on the host of a consumer. */
  readonly identities?: Readonly<Record<'secret-id-issuer' | 'responder', RolePaths>>;
  /** The GitHub App and its key, for whoever brings it. Absent on the host of a consumer. */
  readonly githubApp?: GithubAppContract;
  /** What the GitHub broker allows to whom. On the host of the broker alone. */
  readonly githubBroker?: GithubBrokerContract;
  /** What the responder works with. Absent on the host of a consumer. */
  readonly response?: ResponseContract;
}

export interface ResponseContract {
  /** Lists the accessors of all tokens. */
  readonly tokenAccessors: string;
  /** Each takes an `accessor`. */
  readonly lookupToken: string;
  readonly revokeToken: string;
  /** Takes an `input`; gives its `hash` as the audit log has it. */
  readonly auditHash: string;
  /** Lists the serial numbers of what was signed. */
  readonly certificates: string;
  /** Takes a `serial_number`. The certificate login does not know of it until it is told: */
  readonly revokeCertificate: string;
  /** anybody reads the list of all revoked ones here, PEM in `certificate`, */
  readonly revocationList: string;
  /** and it is written here, as `crl`. */
  readonly tellRevocations: string;
}

/** API paths of one AppRole. */
export interface RolePaths {
  readonly roleId: string;
  readonly secretId: string;
  readonly lookupAccessor: string;
  readonly destroyAccessor: string;
}

export interface ConsumerContract {
  readonly kind: 'lxc' | 'agent' | 'ci' | 'operator';
  readonly role: RolePaths;
  /** Where it runs, of kind `lxc`. Absent on the host of a consumer. */
  readonly container?: ContainerContract;
  /** KV-v2 data path where it confirms its arrival and counts its logins by certificate. */
  readonly arrival: string;
  /** Absent for a consumer that lives for one start: it gets a new SecretID each time. */
  readonly certificate?: {
    /** Role of the certificate login. */
    readonly role: string;
    /** Signs the first CSR; only a token of the AppRole login may use it. */
    readonly enrol: string;
    /** Signs the next ones; only a token of the certificate login may use it. */
    readonly renew: string;
    readonly commonName: string;
    readonly ttl: number;
  };
  /** Where its static app secrets are. Absent: nowhere, or this is not its own contract. */
  readonly infisical?: InfisicalContract;
  /** Its way to GitHub, through the broker. Absent: none, or this is not its own contract. */
  readonly github?: GithubContract;
  readonly tokenTtl: number;
  readonly tokenMaxTtl: number;
  readonly secretIdTtl: number;
  /** Names in `profiles` and `secrets`. */
  readonly grants: { readonly profiles: readonly string[]; readonly secrets: readonly string[] };
}

/** A container of Proxmox VE. */
export interface ContainerContract {
  /** Name of its Proxmox node. */
  readonly node: string;
  readonly vmid: number;
  /** Without prefix; the only one that the consumer can log in from. */
  readonly address: string;
}

/** A consumer's access to Infisical. */
export interface InfisicalContract {
  /** Base URL, https, without a slash at the end. */
  readonly siteUrl: string;
  /** PEM of the CA of its TLS certificate; absent: the system's. */
  readonly caCertificate?: string;
  /** Name in `secrets` of what it logs in with, and the fields of it. */
  readonly login: {
    readonly secret: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly projectId: string;
  };
  readonly grants: readonly { readonly environment: string; readonly path: string }[];
}

/** Repositories of one account of GitHub, and what may be done there. */
export interface GithubContextContract {
  readonly account: string;
  /** Names without owner. */
  readonly repositories: readonly string[];
  /** The most that a token may do, e.g. `contents: write`; none: no token. */
  readonly permissions: Readonly<Record<string, string>>;
  readonly verbs: readonly string[];
}

/** A consumer's way to GitHub. */
export interface GithubContract {
  /** Base URL of the broker, https, without a slash at the end. */
  readonly url: string;
  /** PEM of the CA of its TLS certificate; absent: the system's. */
  readonly caCertificate?: string;
  /** Where a consumer without a certificate gets its proof for the broker. */
  readonly proof: string;
  /** Base URL of what git pushes to. */
  readonly webUrl: string;
  readonly contexts: Readonly<Record<string, GithubContextContract>>;
}

/** The key of the GitHub App in the transit engine. */
export interface GithubAppContract {
  /** Client ID of the App. */
  readonly clientId: string;
  /** Base URL of the GitHub API, https, without a slash at the end. */
  readonly apiUrl: string;
  /** PEM of the CA of its TLS certificate; absent: the system's. */
  readonly apiCaCertificate?: string;
  readonly key: string;
  readonly import: string;
  readonly importVersion: string;
  readonly wrappingKey: string;
}

export interface GithubBrokerContract {
  readonly address: string;
  readonly port: number;
  /** Client ID of the App. */
  readonly clientId: string;
  /** Base URL of the GitHub API, https, without a slash at the end. */
  readonly apiUrl: string;
  /** PEM of the CA of its TLS certificate; absent: the system's. */
  readonly apiCaCertificate?: string;
  /** Signs as the App. */
  readonly sign: string;
  /** Whom proofs are for, and the keys that they are signed with. */
  readonly audience: string;
  readonly proofKeys: string;
  /** The CA of consumers' certificates, and the list of those that were revoked. */
  readonly consumerCa: string;
  readonly consumerRevocations: string;
  /** Installations by account. */
  readonly accounts: Readonly<
    Record<string, { readonly installation: number; readonly kind: 'organization' | 'user' }>
  >;
  readonly contexts: Readonly<Record<string, GithubContextContract>>;
  /** Who may have which contexts, from which networks. */
  readonly consumers: Readonly<
    Record<string, { readonly from: readonly string[]; readonly contexts: readonly string[] }>
  >;
  readonly creationsPerHour: number;
  readonly tokensPerMinute: number;
}

export interface ProfileContract {
  /** AWS role and AWS profile name, e.g. `tf-proxmox`. */
  readonly role: string;
  /** Where a session is minted, e.g. `aws/sts/tf-proxmox`. */
  readonly path: string;
  readonly region: string;
  readonly ttl: number;
  readonly maxTtl: number;
}

/** The account of a UniFi controller whose credential a secret holds, and the paths to change it. */
export interface RotationContract {
  /** KV-v2 paths of the secret. */
  readonly data: string;
  readonly metadata: string;
  /** KV-v2 paths where the next value is kept until it is in use. */
  readonly pending: string;
  readonly pendingMetadata: string;
  /** KV-v2 data path of the secret that signs in for the change: fields `username` and `password`. */
  readonly login: string;
  /** Base URL, https, without a slash at the end. */
  readonly controller: string;
  /** `os`: the Network application lies under `/proxy/network`. */
  readonly kind: 'os' | 'classic';
  readonly site: string;
  /** `password`: fields `username` and `password`; `api-key`: field `api_key`. */
  readonly account: 'password' | 'api-key';
  /** Name of the local admin. */
  readonly admin: string;
  /** SHA-256 of the controller's TLS certificate, 64 hexadecimal digits; absent: a known CA signed it. */
  readonly certificateSha256?: string;
}

export interface SecretContract {
  /** KV-v2 data path. */
  readonly path: string;
  /** Environment variable of each field. */
  readonly variables: Readonly<Record<string, string>>;
}
