import type { Finding, Path } from '../refusal.ts';
import type { Rule } from './rule.ts';

const minute = 60;
const hour = 3600;
const day = 86_400;

/** A default beyond the maximum is cut silently by every server. */
function ordered(
  path: Path,
  [low, lowValue]: readonly [string, number],
  [high, highValue]: readonly [string, number],
): readonly Finding[] {
  return lowValue <= highValue
    ? []
    : [
        {
          path: [...path, low],
          problem: `${low} is longer than ${high}`,
          fix: `write at most ${high}`,
        },
      ];
}

function bounded(
  path: Path,
  value: number,
  { min = 1, max, why }: { readonly min?: number; readonly max: number; readonly why: string },
): readonly Finding[] {
  return value >= min && value <= max
    ? []
    : [{ path, problem: why, fix: `write ${duration(min)} to ${duration(max)}` }];
}

function duration(seconds: number): string {
  if (seconds % day === 0) return `${String(seconds / day)}d`;
  if (seconds % hour === 0) return `${String(seconds / hour)}h`;
  return seconds % minute === 0 ? `${String(seconds / minute)}m` : `${String(seconds)}s`;
}

export const profileLifetimes: Rule = ({ profiles }) =>
  [...profiles].flatMap(([name, { ttl, maxTtl }]) =>
    ordered(['profiles', name], ['ttl', ttl], ['maxTtl', maxTtl]),
  );

/** The AppRole mount cuts tokens at an hour; a longer promise here would not be kept. */
export const tokenLifetimes: Rule = ({ consumers }) =>
  [...consumers].flatMap(([name, { token }]) => {
    const path = ['consumers', name, 'token'];
    const why = 'a consumer token lives for a minute to an hour; a workload logs in again';
    return [
      ...ordered(path, ['ttl', token.ttl], ['maxTtl', token.maxTtl]),
      ...bounded([...path, 'ttl'], token.ttl, { min: minute, max: hour, why }),
      ...bounded([...path, 'maxTtl'], token.maxTtl, { min: minute, max: hour, why }),
    ];
  });

/** A SecretID is for one delivery: it outlives its wrapping, and not by much. */
export const secretIdLifetimes: Rule = ({ consumers, openbao }) =>
  [...consumers].flatMap(([name, { secretIdTtl }]) => {
    const path = ['consumers', name, 'secretIdTtl'];
    const wrap = openbao?.wrapTtl.max;
    if (wrap !== undefined && wrap <= hour && secretIdTtl < wrap) {
      return [
        {
          path,
          problem: 'it is shorter than openbao.wrapTtl.max, so a wrapping could outlive it',
          fix: 'write openbao.wrapTtl.max to 1h',
        },
      ];
    }
    const why = 'an unused SecretID is a credential that lies about';
    return bounded(path, secretIdTtl, { min: 30, max: hour, why });
  });

/**
 * Long enough that a renewal is not missed by a reboot; after the longest, the address may have long been
 * another machine's.
 */
export const certificateLifetimes: Rule = ({ consumers }) =>
  [...consumers].flatMap(([name, consumer]) =>
    consumer.kind === 'lxc'
      ? bounded(['consumers', name, 'certificateTtl'], consumer.certificateTtl, {
          min: hour,
          max: 90 * day,
          why: 'a client certificate outlives a reboot and is renewed by itself',
        })
      : [],
  );

export const wrapLifetimes: Rule = ({ openbao }) => {
  if (openbao === undefined) return [];
  const path = ['openbao', 'wrapTtl'];
  const { min, max } = openbao.wrapTtl;
  const why = 'the wrapping lasts as long as a start takes';
  return [
    ...ordered(path, ['min', min], ['max', max]),
    ...bounded([...path, 'min'], min, { min: 10, max: hour, why }),
    ...bounded([...path, 'max'], max, { min: 10, max: hour, why }),
  ];
};

/** A static secret without an end is what the ladder is there to leave. */
export const rotation: Rule = ({ secrets }) =>
  [...secrets].flatMap(([name, { rotateEvery }]) =>
    bounded(['secrets', name, 'rotateEvery'], rotateEvery, {
      min: hour,
      max: 366 * day,
      why: 'a static secret is rotated at least once a year',
    }),
  );
