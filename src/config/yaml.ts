import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { DeclarationError, renderPath, type Path, type Refusal } from './refusal.ts';
import { mayShow } from './redact.ts';
import { Source } from './source.ts';

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
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    // Both would quote the text around a mistake, and that may be a secret.
    prettyErrors: false,
    logLevel: 'error',
    // Found below, with their names.
    uniqueKeys: false,
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: Math.max(col, 1) };
  };
  const refusal = (offset: number, field: string, problem: string, fix: string): Refusal => ({
    file,
    ...at(offset),
    field,
    received: undefined,
    problem,
    fix,
  });

  const first = 'empty' in documents ? undefined : documents[0];
  if (first === undefined || 'empty' in documents || first.contents === null) {
    const problems = 'empty' in documents ? [] : documents.flatMap(({ errors }) => errors);
    if (problems.length === 0) {
      throw new DeclarationError([
        refusal(0, '', 'the file is empty', 'start from the example backbone.yaml'),
      ]);
    }
  }
  if (first === undefined || 'empty' in documents) throw new Error('no document, no error');
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    throw new DeclarationError(
      errors.map(({ code, pos }) => refusal(pos[0], '', ...yamlFault(code))),
    );
  }
  const second = documents[1];
  if (second !== undefined) {
    throw new DeclarationError([
      refusal(
        second.range[0],
        '',
        'a second YAML document begins here',
        'keep one document a file',
      ),
    ]);
  }
  if (!isMap(first.contents)) {
    throw new DeclarationError([
      refusal(0, '', 'the file holds no map of fields', 'start from the example backbone.yaml'),
    ]);
  }

  const refusals: Refusal[] = [];
  let fatal = false;
  const refuse = (path: Path, offset: number, problem: string, fix: string) =>
    refusals.push(refusal(offset, renderPath(path, mayShow), problem, fix));
  const visit = (node: unknown, path: Path): void => {
    if (!isNode(node)) return;
    const offset = node.range?.[0] ?? 0;
    if (isAlias(node)) {
      fatal = true;
      refuse(path, offset, 'a YAML alias', 'write the value out: each line says what it means');
      return;
    }
    if (node.anchor !== undefined) {
      refuse(path, offset, 'a YAML anchor', 'remove it and write values out where they are used');
    }
    if (node.tag !== undefined) {
      refuse(path, offset, 'a YAML tag', 'remove it; put quotes around text');
    }
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    } else if (isMap(node)) {
      const seen = new Map<string, number>();
      for (const { key, value } of node.items) {
        const keyOffset = isNode(key) ? (key.range?.[0] ?? offset) : offset;
        if (!isScalar(key)) {
          fatal = true;
          refuse(path, keyOffset, 'a key that is a list, a map or an alias', 'name keys by text');
          continue;
        }
        const name = String(key.value);
        const here = [...path, name];
        const earlier = seen.get(name);
        if (name === '<<' || name === '__proto__' || name === '') {
          fatal = true;
          refuse(here, keyOffset, 'not a key of a declaration', 'remove it and write fields out');
        } else if (earlier !== undefined) {
          const { line } = at(earlier);
          refuse(
            here,
            keyOffset,
            `the key stands twice, first in line ${String(line)}`,
            'keep one',
          );
        }
        if (key.anchor !== undefined || key.tag !== undefined) {
          refuse(here, keyOffset, 'an anchor or a tag on a key', 'remove it');
        }
        seen.set(name, keyOffset);
        visit(value, here);
      }
    }
  };
  visit(first.contents, []);
  if (fatal) throw new DeclarationError(refusals);
  return { value: first.toJS({ maxAliasCount: 0 }), source: new Source(first, lines), refusals };
}

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
      return ['lists or maps nested too deeply', 'start from the example backbone.yaml'];
    default:
      return [
        `this is no valid YAML (${code})`,
        'check quotes, ":" and indentation here and above',
      ];
  }
}
