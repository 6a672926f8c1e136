/** Where a part came from, for the tables that `lab up` and `doctor` print. */
export type PartSource = 'PATH' | 'cache' | 'built' | 'installed' | 'mirror' | 'stand-in';

export interface Part {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the program. */
  readonly path: string;
  readonly source: PartSource;
}

/** A part that could not be had; the message says what was tried and what a person can do. */
export class PartMissing extends Error {
  override readonly name = 'PartMissing';
}

/** Called with short plain lines while something long is under way. */
export type Progress = (line: string) => void;

/** The end of what a failed tool said, where compilers and pip name the cause. */
export function lastLines(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trimEnd().split('\n').slice(-8).join('\n');
}
