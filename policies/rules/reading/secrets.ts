import list from '../../../providers/secret-attributes.json' with { type: 'json' };
import type { SecretAttributes } from '../../../providers/secret-attributes.ts';
import type { JsonObject } from '../../../src/synthesized/resource.ts';
import { setPaths } from './arguments.ts';

/** From the providers' schemas: sensitive and not write-only. */
export const secretAttributes: SecretAttributes = list;

/**
 * Secrets that a schema does not mark: what stands in these attributes is in state in the clear. From the
 * documentation of each provider.
 */
const unmarked: Readonly<Record<string, readonly string[]>> = {
  proxmox_virtual_environment_container: ['environment_variables'],
  vault_generic_endpoint: ['write_fields'],
};

/** A name that says that it holds a secret; write-only arguments end in `_wo`. */
const telling =
  /(^|\.)(password|passwd|secret|secret_key|secret_id|private_key|access_key|token|api_token|api_key|client_secret|auth_token|session_token|secret_string)$/;

/** Attributes of this resource that would be stored with a secret in them. */
export function storedSecrets(type: string, body: JsonObject): readonly string[] {
  const known = [...(secretAttributes.resources[type]?.set ?? []), ...(unmarked[type] ?? [])];
  return setPaths(body).filter((path) => known.includes(path) || telling.test(path));
}

/** Arguments of a `provider` or `backend` block that are a secret. */
export function blockSecrets(body: JsonObject, known: readonly string[] = []): readonly string[] {
  return setPaths(body).filter((path) => known.includes(path) || telling.test(path));
}

const reference =
  /(?<!ephemeral\.)\b(data\.)?([a-z][a-z0-9]*_[a-z0-9_]+)\.([\w-]+)(?:\[[^\]]*\])?(?:\.(\w+))?/g;

/** What in a text of Terraform refers to a secret: a variable, an ephemeral value, an exported attribute. */
export function secretReferences(text: string): readonly string[] {
  if (!/[$%]\{/.test(text)) return [];
  const plain = text.match(/\b(?:var|ephemeral)\.[\w.-]+/g) ?? [];
  const exported = [...text.matchAll(reference)].flatMap(
    ([whole, data, type = '', , attribute]) => {
      const places = (data === undefined ? secretAttributes.resources : secretAttributes.data)[
        type
      ];
      const paths = [...(places?.exported ?? []), ...(places?.set ?? [])];
      const meant =
        attribute === undefined
          ? paths.length > 0
          : paths.some((path) => path === attribute || path.startsWith(`${attribute}.`));
      return meant ? [whole] : [];
    },
  );
  return [...plain, ...exported];
}
