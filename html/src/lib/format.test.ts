import { expect, it } from 'vitest';
import { count, plain } from './format';
import { parseQuantity } from './quantity';

it('groups thousands with a space that does not break', () => {
  expect(count(999)).toBe('999');
  expect(count(10_000)).toBe('10\u202f000');
  expect(count(1_234_567)).toBe('1\u202f234\u202f567');
});

it('makes one line of text of any cell', () => {
  expect(plain(null)).toBe('');
  expect(plain(undefined)).toBe('');
  expect(plain(0)).toBe('0');
  expect(plain(true)).toBe('true');
  expect(plain({ a: 1 })).toBe('{"a":1}');
});

it('compares quantities by what they mean', () => {
  expect(parseQuantity('1Gi')).toBe(2 ** 30);
  expect(parseQuantity('100m')).toBeCloseTo(0.1);
  expect(parseQuantity('2')).toBe(2);
  expect(parseQuantity('1e3Gi')).toBeUndefined();
  expect(parseQuantity('ten')).toBeUndefined();
});
