import { z } from 'zod';
import { httpsUrl, secretPath } from './brands.ts';

/** The account of a UniFi controller whose credential a secret holds. With it the secret can be rotated. */
export const unifi = z
  .strictObject({
    controller: httpsUrl.describe('URL of the console or controller, without a path'),
    kind: z
      .enum(['os', 'classic'])
      .describe(
        'os: a UniFi OS console or server, the Network application under /proxy/network; classic: the Network application by itself',
      ),
    site: z
      .string()
      .regex(/^[a-z0-9]{1,32}$/, 'the short name of a site, as it stands in the URL: default')
      .default('default')
      .describe('short name of the site, as it stands in the URL'),
    account: z
      .enum(['password', 'api-key'])
      .describe(
        'password: the fields username and password of a local admin; api-key: the field api_key, a key of that admin (os alone)',
      ),
    admin: z
      .string()
      .regex(/^[\w.@+-]{1,64}$/, 'the name of a local admin: letters, digits and "_.@+-"')
      .describe(
        'the local admin whose credential it is; an account of ui.com has MFA and cannot be',
      ),
    login: secretPath
      .optional()
      .describe(
        'secret (username, password) of whoever makes the change: for api-key that admin itself, for password a super admin; default: this secret',
      ),
    certificateSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits in lower case, without colons')
      .optional()
      .describe(
        "SHA-256 of the controller's TLS certificate, for one that no known CA signed; default: the CAs of the client's system",
      ),
  })
  .describe(
    'the account of a UniFi controller whose credential it is: `backbone rotate unifi` changes it',
  );
