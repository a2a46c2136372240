import { describe, expect, it } from 'vitest';
import { scrollFor, shiftOf, visible } from './window';

describe('visible', () => {
  it('draws what can be seen and a margin', () => {
    expect(visible(10_000, 32, 640, 0)).toEqual({ first: 0, last: 30, padTop: 0, padBottom: 9970 * 32 });
    expect(visible(10_000, 32, 640, 3200)).toMatchObject({ first: 90, last: 130 });
  });

  it('clamps a place that no longer exists, after filtering a scrolled list', () => {
    const view = visible(5, 32, 640, 200_000);
    expect(view).toEqual({ first: 0, last: 5, padTop: 0, padBottom: 0 });
    const end = visible(100, 32, 640, 1_000_000);
    expect(end.last).toBe(100);
    expect(end.first).toBeLessThan(81);
    expect(end.padBottom).toBe(0);
  });

  it('keeps the height of the whole list whatever is drawn', () => {
    for (const top of [0, 17, 5000, 31_999, 320_000, -50]) {
      const view = visible(1000, 32, 500, top);
      expect(view.padTop + view.padBottom + (view.last - view.first) * 32).toBe(32_000);
      expect(view.first).toBeGreaterThanOrEqual(0);
    }
  });

  it('has nothing to draw in an empty list', () => {
    expect(visible(0, 32, 640, 100)).toEqual({ first: 0, last: 0, padTop: 0, padBottom: 0 });
  });

  it('works before the place has a height', () => {
    expect(visible(100, 32, 0, 0).last).toBeGreaterThan(0);
  });
});

it('scrolls only when a row cannot be seen whole', () => {
  expect(scrollFor(0, 32, 320, 0)).toBeUndefined();
  expect(scrollFor(9, 32, 320, 0)).toBeUndefined();
  expect(scrollFor(10, 32, 320, 0)).toBe(32);
  expect(scrollFor(3, 32, 320, 320)).toBe(96);
});

describe('the shift of what is in sight', () => {
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  it.each([
    ['nothing moved', keys, 0],
    ['one came above', ['x', ...keys], 1],
    ['one above went', keys.slice(1), -1],
    ['one in sight went', ['a', 'b', 'd', 'e', 'f'], -1],
    ['one of them moved far away alone', ['d', 'a', 'b', 'c', 'e', 'f'], 0],
    ['none is left', ['y', 'z'], 0],
  ])('%s', (_, now, shift) => {
    expect(shiftOf(['c', 'd', 'e', 'f'], now, 2)).toBe(shift);
  });
});
