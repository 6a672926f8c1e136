import { UserError } from '../user-error.ts';

/** Where in the declaration: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** One reason why a declaration is not taken, with its place and the way out. */
export interface Refusal {
  /** The file as the caller named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** e.g. `consumers.agent.grants[0].secret`; empty for the file as a whole. */
  readonly field: string;
  /** What stood there, never a value that could be a secret; undefined where nothing did. */
  readonly received: string | undefined;
  readonly problem: string;
  readonly fix: string;
}

/** What a rule found; the loader knows the file and the line. */
export interface Finding {
  readonly path: Path;
  readonly problem: string;
  readonly fix: string;
  /** What to show instead of the value that stands at the path. */
  readonly received?: string;
  /** It is the key that is wrong, not the value behind it. */
  readonly aboutKey?: boolean;
}

/** A declaration was refused; every reason that could be found at once. */
export class DeclarationError extends UserError {
  override readonly name = 'DeclarationError';
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[]) {
    const sorted = inOrder(refusals);
    super(render(sorted));
    this.refusals = sorted;
  }

  /** For `--json`. */
  toJSON(): { readonly error: string; readonly refusals: readonly Refusal[] } {
    return { error: 'declaration refused', refusals: this.refusals };
  }
}

/** Sorted by line, each once. */
function inOrder(refusals: readonly Refusal[]): readonly Refusal[] {
  const unique = new Map(refusals.map((refusal) => [JSON.stringify(refusal), refusal]));
  return [...unique.values()].sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.field < b.field ? -1 : 1),
  );
}

function render(refusals: readonly Refusal[]): string {
  const lines = refusals.map(({ file, line, column, field, received, problem, fix }) =>
    [
      `${file}:${String(line)}:${String(column)}`,
      field === '' ? ': ' : ` ${field}: `,
      received === undefined ? '' : `received ${received}; `,
      `${problem} -> ${fix}`,
    ].join(''),
  );
  return lines.join('\n');
}

/** `consumers.agent.grants[0].secret`, `secrets["unifi/tofu"].fields`. */
export function renderPath(path: Path, showKey: (key: string) => boolean = () => true): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${String(part)}]`;
      if (!showKey(part)) return index === 0 ? '(key not shown)' : '.(key not shown)';
      if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}
