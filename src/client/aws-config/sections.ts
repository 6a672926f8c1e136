import { UserError } from '../../user-error.ts';

/** One profile as this program writes it. */
export interface Block {
  /** Name of the AWS profile. */
  readonly profile: string;
  readonly credentialProcess: string;
  readonly region: string;
}

/** Says that a section is ours; whoever takes it out takes the section over. */
const mark = '# written by credential-backbone';

/**
 * The text of an AWS configuration file with these profiles in it. All else stays as it is, byte for byte: other
 * sections, comments, line ends, and what somebody added to a section of ours.
 *
 * @throws UserError  a profile of that name is there that is not ours
 */
export function withBlocks(text: string, blocks: readonly Block[]): string {
  return blocks.reduce(withBlock, text);
}

/** The text without those of these profiles that are ours. */
export function withoutBlocks(text: string, profiles: readonly string[]): string {
  return profiles.reduce(withoutBlock, text);
}

function withBlock(text: string, block: Block): string {
  const end = lineEnd(text);
  const settings = [
    mark,
    `credential_process = ${block.credentialProcess}`,
    `region = ${block.region}`,
  ].map((line) => `${line}${end}`);
  const lines = linesOf(text);
  const section = sectionOf(lines, block.profile);
  if (section !== undefined) {
    const kept = lines.slice(section.start + 1, section.end).filter((line) => !isOurs(line));
    const header = terminated(lines[section.start] ?? '', end);
    return [
      ...lines.slice(0, section.start),
      ...[header, ...settings, ...kept],
      ...lines.slice(section.end),
    ].join('');
  }
  const before = text === '' ? '' : `${terminated(text, end)}${end}`;
  return `${before}[profile ${block.profile}]${end}${settings.join('')}`;
}

function withoutBlock(text: string, profile: string): string {
  const lines = linesOf(text);
  const section = sectionOf(lines, profile);
  if (section === undefined) return text;
  const kept = lines.slice(section.start + 1, section.end).filter((line) => !isOurs(line));
  const used = kept.some((line) => !/^\s*([#;].*)?$/.test(line.replace(/\r?\n$/, '')));
  const header = used ? lines.slice(section.start, section.start + 1) : [];
  // The empty line that was put before it.
  const blank = !used && /^\r?\n$/.test(lines[section.start - 1] ?? '') ? 1 : 0;
  return [
    ...lines.slice(0, section.start - blank),
    ...header,
    ...kept,
    ...lines.slice(section.end),
  ].join('');
}

interface Section {
  /** Line of its header, and the line after its last one. */
  readonly start: number;
  readonly end: number;
}

/** @throws UserError  it is not ours, or there are two */
function sectionOf(lines: readonly string[], profile: string): Section | undefined {
  const starts = lines.flatMap((line, index) => (isHeaderOf(line, profile) ? [index] : []));
  const [start, second] = starts;
  if (start === undefined) return undefined;
  if (second !== undefined) {
    throw new UserError(
      `lines ${String(start + 1)} and ${String(second + 1)} are both a profile ${profile}: ` +
        'remove one of them',
    );
  }
  const next = lines.findIndex((line, index) => index > start && /^\s*\[/.test(line));
  const end = next < 0 ? lines.length : next;
  if (!lines.slice(start, end).some((line) => line.trim() === mark)) {
    throw new UserError(
      `line ${String(start + 1)} is a profile ${profile} that this program did not write: rename or remove it`,
    );
  }
  return { start, end };
}

/** A header as AWS's tools read it: `[profile name]`, the name in quotes or not. */
function isHeaderOf(line: string, profile: string): boolean {
  const name = /^\s*\[\s*profile\s+(?<name>[^\]]+?)\s*\]/.exec(line)?.groups?.['name'];
  return name?.replace(/^(["'])(.*)\1$/, '$2') === profile;
}

function isOurs(line: string): boolean {
  return line.trim() === mark || /^(credential_process|region)\s*=/.test(line);
}

/** Lines with their ends, so that joining gives the text back. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function terminated(text: string, end: string): string {
  return text.endsWith('\n') ? text : `${text}${end}`;
}
