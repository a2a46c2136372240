import { describe, expect, it } from 'vitest';
import { age, clock, duration, exact, parseDuration } from './age';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('duration', () => {
  const rows: [number, string][] = [
    [-5 * S, '0s'],
    [0, '0s'],
    [45 * S, '45s'],
    [119 * S, '119s'],
    [2 * M, '2m'],
    [3 * M + 20 * S, '3m20s'],
    [12 * M, '12m'],
    [179 * M, '179m'],
    [3 * H, '3h'],
    [5 * H + 2 * M, '5h2m'],
    [8 * H + 59 * M, '8h'],
    [47 * H, '47h'],
    [2 * D, '2d'],
    [3 * D + 4 * H, '3d4h'],
    [8 * D + 23 * H, '8d'],
    [400 * D, '400d'],
    [2 * 365 * D + 30 * D, '2y30d'],
    [9 * 365 * D + 30 * D, '9y'],
  ];
  it.each(rows)('writes %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('is read back to what it says', () => {
    expect(parseDuration('3d4h')).toBe(3 * D + 4 * H);
    expect(parseDuration('45s')).toBe(45 * S);
    expect(parseDuration('3 d')).toBeUndefined();
    expect(parseDuration('')).toBeUndefined();
    expect(parseDuration('<unknown>')).toBeUndefined();
  });
});

describe('times', () => {
  it('says nothing about a time it does not have', () => {
    expect(age(undefined, 0)).toBe('');
    expect(age('soon', 0)).toBe('');
    expect(exact('soon')).toBe('');
    expect(exact(undefined)).toBe('');
  });

  it('gives the age and the exact time in UTC', () => {
    const time = '2026-11-21T12:03:07Z';
    expect(age(time, Date.parse(time) + 5 * M)).toBe('5m');
    expect(exact(time, 'en-GB')).toContain('2026-11-21T12:03:07Z');
  });

  it('shows the clock with seconds', () => {
    expect(clock(new Date(2026, 10, 21, 9, 3, 7).getTime())).toBe('09:03:07');
  });
});
