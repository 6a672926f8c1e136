import { dirname, resolve } from 'node:path';
import { readCaCertificate, readServerCa } from './ca-certificate.ts';
import { declaration, type Declaration } from './declaration.ts';
import { factsOf } from './facts.ts';
import { readDeclaration } from './file.ts';
import { masking, mayShow, secretTexts, shown } from './redact.ts';
import { DeclarationError, renderPath, type Finding, type Path, type Refusal } from './refusal.ts';
import { rules } from './rules/index.ts';
import { schemaFindings, valueAt } from './schema-findings.ts';
import { decrypt, encryptedPaths, isSops } from './sops.ts';
import type { Source } from './source.ts';
import { parseYaml } from './yaml.ts';

export { declarationFile } from './file.ts';
export { DeclarationError, type Refusal } from './refusal.ts';

export interface LoadedDeclaration {
  readonly declaration: Declaration;
  /** Absolute. */
  readonly file: string;
  /** Absolute; paths in the declaration are relative to it. A link counts where it stands. */
  readonly directory: string;
  /** PEM of the CA of IAM Roles Anywhere; undefined where OpenBao has another identity in AWS. */
  readonly caCertificate?: string;
  /** PEM of the CA of OpenBao's TLS certificate; undefined where none is declared. */
  readonly serverCa?: string;
}

/**
 * Reads, decrypts (SOPS) and checks a declaration.
 *
 * @throws DeclarationError with every reason at once.
 * @throws UserError if SOPS cannot decrypt the file.
 */
export async function loadDeclaration(file: string): Promise<LoadedDeclaration> {
  const absolute = resolve(file);
  const directory = dirname(absolute);
  const text = await readDeclaration(file);
  const { value: written, source, refusals: yaml } = parseYaml(file, text);
  const sops = isSops(written);
  const value = sops ? await decrypt(absolute) : written;
  const hidden = sops ? encryptedPaths(written) : [];

  const parsed = declaration.safeParse(value);
  const facts = factsOf(value, parsed.data);
  const ca = await readCaCertificate(facts.aws?.identity, directory);
  const serverCa = await readServerCa(facts.openbao, directory);
  const found: readonly Finding[] = [
    ...rules.flatMap((rule) => rule(facts)),
    ...(parsed.success ? [] : schemaFindings(parsed.error.issues, value)),
    ...ca.findings,
    ...serverCa.findings,
  ];
  if (yaml.length > 0 || found.length > 0) {
    const mask = masking([...hidden.map((path) => valueAt(value, path)), ...secretTexts(value)]);
    const place = { file, source, value, hidden, mask };
    const refusals = firstOfEachField(found).map((finding) => refusal(finding, place));
    throw new DeclarationError([...yaml, ...refusals]);
  }
  if (!parsed.success) throw new Error('the schema refused the declaration without a reason');
  return {
    declaration: parsed.data,
    file: absolute,
    directory,
    ...(ca.pem === undefined ? {} : { caCertificate: ca.pem }),
    ...(serverCa.pem === undefined ? {} : { serverCa: serverCa.pem }),
  };
}

/** A rule knows better than the schema what a field is for, so its word replaces the schema's. */
function firstOfEachField(findings: readonly Finding[]): readonly Finding[] {
  const byRule = new Map<string, Finding>();
  for (const finding of findings) {
    const key = JSON.stringify(finding.path);
    if (!byRule.has(key)) byRule.set(key, finding);
  }
  return [...byRule.values()];
}

interface Place {
  readonly file: string;
  readonly source: Source;
  readonly value: unknown;
  /** What SOPS decrypted. */
  readonly hidden: readonly Path[];
  readonly mask: ReturnType<typeof masking>;
}

function refusal(finding: Finding, { file, source, value, hidden, mask }: Place): Refusal {
  const { path, problem, fix, aboutKey = false } = finding;
  const isHidden = !aboutKey && hidden.some((one) => renderPath(one) === renderPath(path));
  const spelling = source.spelling(path);
  return {
    file,
    ...(aboutKey ? source.keyPosition(path) : source.position(path)),
    field: renderPath(path, mayShow),
    received: isHidden
      ? 'an encrypted value (not shown)'
      : mask(finding.received ?? shown(valueAt(value, path), spelling)),
    problem: mask(problem),
    fix: isHidden ? `correct it with \`sops ${file}\`: see docs/declaration.md` : mask(fix),
  };
}
