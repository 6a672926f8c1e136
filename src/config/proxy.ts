import { z } from 'zod';
import { fieldName, httpsUrl, name, secretPath, seconds } from './brands.ts';
import { serviceContainer } from './proxmox.ts';

const header = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9-]{0,63}$/,
    'the name of a header: letters, digits and hyphens, e.g. X-API-KEY or Authorization',
  );

const allowed = z
  .strictObject({
    methods: z
      .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']))
      .min(1)
      .describe('methods that pass'),
    path: z
      .string()
      .regex(
        /^\/([A-Za-z0-9._~-]+\/)*([A-Za-z0-9._~-]+)?$/,
        'an exact path, or everything below it where it ends with a slash; no pattern, no escape, no ".."',
      )
      .refine((text) => !/\/\.{1,2}(\/|$)/.test(text), { message: 'no "." or ".." in a path' })
      .describe('path that passes; with a slash at its end, everything below it'),
  })
  .describe('requests that pass; what none of these names is refused');

const upstream = z
  .strictObject({
    port: z
      .number()
      .int()
      .min(1024)
      .max(65_535)
      .describe('port of the proxy that is this upstream and no other'),
    url: httpsUrl
      .refine((text) => new URL(text).pathname === '/' && !/[?#@]/.test(text), {
        message: 'host and port alone, e.g. https://api.example.net',
      })
      .describe('where requests go, over TLS'),
    private: z
      .boolean()
      .default(false)
      .describe('the host has a private address; others are refused it'),
    certificateSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case')
      .optional()
      .describe('SHA-256 of its certificate, which nobody has to have signed'),
    caCertificate: z
      .string()
      .min(1)
      .optional()
      .describe(
        "PEM file of the CA of its certificate, relative to the declaration; default: the system's CAs",
      ),
    secret: secretPath.describe('KV secret of rung 3 whose field is injected'),
    field: fieldName.describe('the field'),
    header: header.describe('header that carries it; what a client sends there is replaced'),
    prefix: z
      .enum(['', 'Bearer ', 'Basic ', 'token '])
      .default('')
      .describe('what stands before the value, e.g. "Bearer "'),
    allow: z.array(allowed).min(1).describe('what may be asked for'),
  })
  .describe('an API whose credential its users never see');

/** Rung 3: a proxy that adds the credential on the way out. Off unless it is declared. */
export const proxy = z
  .strictObject({
    consumer: name.describe(
      'consumer of kind lxc that the proxy is: it reads the secrets of its upstreams, and nothing else',
    ),
    container: serviceContainer.optional(),
    keepFor: seconds
      .prefault('15m')
      .describe(
        'for how long a value is injected after OpenBao was last seen; after that, requests are refused',
      ),
    upstreams: z.record(name, upstream).describe('APIs by name'),
  })
  .describe('the injecting egress proxy')
  .optional();

export type ProxyDeclaration = NonNullable<z.infer<typeof proxy>>;
export type UpstreamDeclaration =
  ProxyDeclaration['upstreams'][keyof ProxyDeclaration['upstreams']];
