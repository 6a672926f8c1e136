import { z } from 'zod';
import { cidr, httpsUrl, seconds, webUrl } from './brands.ts';
import { network } from './network.ts';
import { openbaoNode } from './proxmox.ts';
import { workflows } from './workflows.ts';

const identity = (what: string) =>
  z
    .strictObject({
      from: z.array(cidr).min(1).describe(`addresses from which ${what} may log in`),
    })
    .describe(`identity of ${what}`);

const operatorAuth = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('userpass').describe('name and password, made from the password policy'),
  }),
  z.strictObject({
    kind: z.literal('oidc').describe('single sign-on'),
    discoveryUrl: httpsUrl.describe('issuer of the OIDC provider'),
    clientId: z.string().min(1).describe('client id registered there (not secret)'),
    redirectUris: z.array(webUrl).min(1).describe('redirect URIs registered there'),
    boundEmails: z
      .array(z.email('an e-mail address'))
      .min(1)
      .describe('the accounts that are operators; the provider must have verified the addresses'),
  }),
]);

/** Not wider than the widest private network: to reach more there is `public`, which leaves those out. */
const destination = cidr.refine(
  (text) => {
    const { kind, prefix } = network(text);
    return prefix >= (kind === 'ipv4' ? 8 : 7);
  },
  {
    message:
      'a network this wide is nobody in particular -> name its networks, or write `to: public`',
  },
);

const outbound = z
  .strictObject({
    comment: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/,
        'letters, digits, spaces, ".", "_" and "-", at most 63',
      )
      .describe('what it is for; both firewalls show it'),
    port: z.number().int().min(1).max(65_535).describe('TCP port'),
    to: z
      .union([z.literal('public'), z.array(destination).min(1)], {
        error: 'a list of networks, or `public`: whatever is not private',
      })
      .describe('networks, or `public`: whatever is not private'),
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,30}$/, 'the name of a system user')
      .describe(
        "system user of the host, and no other: openbao-snapshot for copies, root for the alarm's command; Proxmox cannot tell users apart",
      ),
  })
  .describe('one allowance');

export const openbao = z
  .strictObject({
    nodes: z
      .array(openbaoNode)
      .refine((nodes) => nodes.length === 1 || nodes.length === 3, {
        message: 'one node, or three for a raft quorum',
      })
      .describe('the OpenBao containers: one, or three that form a raft cluster'),
    cores: z.number().int().min(1).max(64).default(2).describe('processor cores of each container'),
    memoryMiB: z
      .number()
      .int()
      .min(512)
      .default(1024)
      .describe('memory of each container in MiB; swap is always 0'),
    diskGiB: z
      .number()
      .int()
      .min(4)
      .default(8)
      .describe('root disk of each container in GiB; it grows in place, shrinking replaces'),
    dataGiB: z
      .number()
      .int()
      .min(1)
      .default(8)
      .describe(
        "volume of each container for OpenBao's data in GiB, apart from the root disk and its seal key, and in no backup by Proxmox; it counts when the container is made",
      ),
    started: z
      .boolean()
      .default(true)
      .describe(
        'start the container once its firewall is in place; false leaves the start to you, e.g. to put bootstrap material into the stopped container first',
      ),
    protection: z
      .boolean()
      .default(true)
      .describe(
        'neither Terraform nor Proxmox destroys or replaces a container, and Terraform no secrets, no CA of consumers and no arrivals with their engines; to do so, set false and deploy first',
      ),
    outbound: z
      .array(outbound)
      .default([])
      .describe(
        'what the hosts may reach beyond what this declaration names elsewhere, e.g. where snapshots are sent; both firewalls refuse the rest',
      ),
    metrics: z
      .strictObject({
        from: z
          .array(cidr)
          .min(1)
          .describe(
            'addresses of whoever scrapes them; both firewalls let these in, and nobody else',
          ),
      })
      .optional()
      .describe(
        'metrics for a Prometheus elsewhere: port 8202 of each node, by TLS, without a token and with nothing else on that port; default: on loopback of each node alone',
      ),
    address: httpsUrl.optional().describe('URL of the API; default https://<first node>:8200'),
    caCertificate: z
      .string()
      .min(1)
      .optional()
      .describe(
        "PEM file of the CA of OpenBao's TLS certificate, relative to the declaration, for the contract of clients; default: the CAs of the client's system",
      ),
    operatorAuth: operatorAuth.describe('how operators log in'),
    identities: z
      .strictObject({
        apply: identity('`terraform apply` of this program'),
        plan: identity('`terraform plan` of this program (read-only)'),
        issuer: identity('the issuer of wrapped SecretIDs'),
        responder: identity('whoever answers an interception: destroys SecretIDs and tokens'),
        verifier: identity(
          '`backbone verify`, which may have short tokens with the policies of consumers',
        ).optional(),
        auditor: identity('`backbone drift` (reads configuration, no secret)').optional(),
      })
      .describe("the program's own identities; each may do one thing"),
    workflows: workflows.optional(),
    loginRatePerSecond: z
      .number()
      .int()
      .min(1)
      .default(10)
      .describe('rate quota on AppRole logins, requests per second'),
    requestRatePerSecond: z
      .number()
      .int()
      .min(10)
      .default(500)
      .describe('rate quota on all requests, per second'),
    wrapTtl: z
      .strictObject({
        min: seconds.describe('shortest life of a wrapping token'),
        max: seconds.describe(
          'longest life of a wrapping token; an undelivered one is dead after it',
        ),
      })
      .describe('bounds that the issuer cannot leave when it wraps a SecretID'),
  })
  .describe('OpenBao and its containers');
