import { isMap, LineCounter, parseAllDocuments } from 'yaml';
import { DeclarationError, renderPath, type Path, type Refusal } from './refusal.ts';
import { mayShow } from './redact.ts';
import { Source } from './source.ts';
import { structureFaults } from './yaml-structure.ts';

export interface ParsedYaml {
  readonly value: unknown;
  readonly source: Source;
  /** What is wrong with the YAML, yet lets its content be checked, too. */
  readonly refusals: readonly Refusal[];
}

/**
 * YAML 1.2, core schema, one document, without anchors, aliases, merge keys, tags and duplicate keys: each
 * line means what it says where it stands, to a reviewer and to every tool.
 *
 * @throws DeclarationError if no single tree of values can be made of it.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
  const lines = new LineCounter();
  const refusal = (offset: number, path: Path, problem: string, fix: string): Refusal => {
    const { line, col } = lines.linePos(offset);
    const field = renderPath(path, mayShow);
    return { file, line, column: Math.max(col, 1), field, received: undefined, problem, fix };
  };
  const refuse = (offset: number, problem: string, fix: string): never => {
    throw new DeclarationError([refusal(offset, [], problem, fix)]);
  };

  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    // Would quote the text around a mistake, and that may be a secret.
    prettyErrors: false,
    logLevel: 'error',
    // Found below, with their names.
    uniqueKeys: false,
  });
  if ('empty' in documents) return refuse(0, 'the file is empty', example);
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    throw new DeclarationError(
      errors.map(({ code, pos }) => refusal(pos[0], [], ...yamlFault(code))),
    );
  }
  const [first, second] = documents;
  if (second !== undefined) {
    return refuse(second.range[0], 'a second YAML document begins here', 'keep one a file');
  }
  if (first === undefined || first.contents === null) {
    return refuse(0, 'the file is empty', example);
  }
  if (!isMap(first.contents)) return refuse(0, 'the file holds no map of fields', example);

  const faults = structureFaults(first.contents, (offset) => lines.linePos(offset).line);
  const refusals = faults.map(({ offset, path, problem, fix }) =>
    refusal(offset, path, problem, fix),
  );
  if (faults.some(({ unreadable }) => unreadable)) throw new DeclarationError(refusals);
  return { value: first.toJS({ maxAliasCount: 0 }), source: new Source(first, lines), refusals };
}

const example = 'start from the example backbone.yaml';

/** The library's own words quote the file, so they are replaced. */
function yamlFault(code: string): [problem: string, fix: string] {
  switch (code) {
    case 'TAB_AS_INDENT':
      return ['a tab at the start of a line', 'indent with spaces'];
    case 'BAD_INDENT':
      return [
        'wrong indentation, or a bracket or quote of a line above is not closed',
        'line it up',
      ];
    case 'MISSING_CHAR':
      return ['a quote, bracket or ":" is missing', 'close what was opened above'];
    case 'BAD_DQ_ESCAPE':
      return ['an escape that YAML does not know', 'use single quotes, or double the backslash'];
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return ['a key over several lines', 'check quotes, ":" and indentation'];
    case 'BAD_ALIAS':
      return ['a YAML alias', 'write the value out; put quotes around text that begins with "*"'];
    case 'BAD_SCALAR_START':
      return ['text that begins with a sign that YAML keeps for itself', 'put quotes around it'];
    case 'RESOURCE_EXHAUSTION':
      return ['lists or maps nested too deeply', example];
    default:
      return [
        `this is no valid YAML (${code})`,
        'check quotes, ":" and indentation here and above',
      ];
  }
}
