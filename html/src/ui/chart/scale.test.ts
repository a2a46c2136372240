import { describe, expect, it } from 'vitest';
import { axisEnd, bytes, cores, gapsOf, mostOf, nearest, runsOf } from './scale';

const at = (...times: number[]) => times.map((time) => ({ at: time * 1000, value: time }));
const lengths = (...times: number[]) => runsOf(at(...times), 60_000).map((run) => run.length);

describe('runs', () => {
  it('go on from step to step', () => expect(lengths(0, 60, 120, 180)).toEqual([4]));
  it('end where a step is missing', () => expect(lengths(0, 60, 180, 240, 600)).toEqual([2, 2, 1]));
  it('are none without samples', () => expect(lengths()).toEqual([]));
});

describe('gaps', () => {
  const gaps = (times: number[], from: number, to: number) =>
    gapsOf(at(...times), 60_000, from * 1000, to * 1000).map((gap) => [gap.from / 1000, gap.to / 1000]);

  it('are what nobody sampled', () => expect(gaps([0, 60, 300, 360], 0, 400)).toEqual([[60, 300]]));
  it('are before the first sample and after the last', () =>
    expect(gaps([300], 0, 900)).toEqual([
      [0, 300],
      [300, 900],
    ]));
  it('are all there is without samples', () => expect(gaps([], 0, 900)).toEqual([[0, 900]]));
  it('do not begin before the last step can be there', () => expect(gaps([0, 60], 0, 200)).toEqual([]));
});

describe('what an axis has to show', () => {
  const most = (...limits: number[]) =>
    mostOf(
      at(10, 40),
      limits.map((value) => ({ kind: 'limit', value })),
    );
  it('is what is used, and a bound that is near', () => expect([most(), most(100)]).toEqual([40, 100]));
  it('is not a bound so far away that nothing of what is used could be seen', () =>
    expect(most(100, 1000)).toBe(100));
});

describe('axes', () => {
  it.each([
    [0, false, 1],
    [3, false, 5],
    [124, false, 200],
    [1000, false, 1000],
    [1001, false, 2000],
    [96 * 2 ** 20, true, 128 * 2 ** 20],
    [2 ** 30, true, 2 ** 30],
  ])('end above %d', (most, binary, end) => expect(axisEnd(most, binary)).toBe(end));
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [12, '12 m'],
    [999, '999 m'],
    [1250, '1.25 cores'],
    [32000, '32 cores'],
  ])('%d millicores are %s', (value, text) => expect(cores(value, (count) => `${count} cores`)).toBe(text));
  it.each([
    [512, '0.5 KiB'],
    [96 * 2 ** 20, '96 MiB'],
    [1.5 * 2 ** 30, '1.5 GiB'],
  ])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));
});

it('finds the sample under the pointer', () => expect(nearest(at(0, 60, 180), 130_000)).toBe(2));
