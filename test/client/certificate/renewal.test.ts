import { describe, expect, it } from 'vitest';
import { renewalTime } from '../../../src/client/certificate/renewal.ts';

const day = 86_400_000;
const month = { notBefore: new Date(0), notAfter: new Date(30 * day) };

describe('the time of renewal', () => {
  it('lies around two thirds of a life, differs between hosts, and stays for one certificate', () => {
    const times = Array.from({ length: 500 }, (_, host) =>
      renewalTime(month, host.toString(16)).getTime(),
    );
    expect(Math.min(...times)).toBeGreaterThanOrEqual(18.5 * day);
    expect(Math.max(...times)).toBeLessThanOrEqual(21.5 * day);
    expect(new Set(times).size).toBeGreaterThan(490);
    expect(renewalTime(month, '1f')).toEqual(renewalTime(month, '1f'));
  });

  it('is the beginning of a life that ends before it begins', () => {
    const backwards = { notBefore: new Date(day), notAfter: new Date(0) };
    expect(renewalTime(backwards, '1f')).toEqual(new Date(day));
  });
});
