import type { Json } from '../synthesized/resource.ts';

const unit: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** Whether the server has what was written: it answers numbers for durations, lists in any order. */
export function same(field: string, wanted: Json, there: unknown): boolean {
  const read = (value: unknown) => normal(field, field === 'bound_claims' ? claims(value) : value);
  return read(wanted) === read(there);
}

/** Nothing, in any of the forms in which the server says it. */
export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) {
    return true;
  }
  if (Array.isArray(value)) return value.every((one) => one === '');
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function normal(field: string, value: unknown): string {
  if (isNothing(value)) return 'nothing';
  if (typeof value === 'number' || typeof value === 'string') {
    return document(String(value)) ?? duration(String(value)) ?? address(field, String(value));
  }
  if (Array.isArray(value)) {
    return JSON.stringify(value.map((one) => normal(field, one)).sort());
  }
  return canonical(value);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value.map(canonical).sort());
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, one]) => [key, canonical(one)] as const);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Terraform writes several accepted values of a claim as one text, the server as a list. */
function claims(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([claim, accepted]: [string, unknown]) => [
      claim,
      [accepted].flat().flatMap((one) =>
        String(one)
          .split(',')
          .map((text) => text.trim()),
      ),
    ]),
  );
}

function document(text: string): string | undefined {
  if (!/^[{[]/.test(text)) return undefined;
  try {
    return canonical(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function duration(text: string): string | undefined {
  const match = /^(\d+)([smhd]?)$/.exec(text);
  return match === null ? undefined : String(Number(match[1]) * (unit[match[2] ?? ''] ?? 1));
}

function address(field: string, text: string): string {
  return field.endsWith('_cidrs') ? text.replace(/\/(32|128)$/, '') : text;
}

/** For a reader: lists and values in one short line. */
export function inWords(value: unknown): string {
  if (isNothing(value)) return 'nothing';
  const text = Array.isArray(value) ? value.map(String).join(', ') : plain(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
