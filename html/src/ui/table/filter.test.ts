import { expect, it } from 'vitest';
import { matches, parseFilter } from './filter';

it('tells words from label selectors', () => {
  expect(parseFilter('  Api app=web tier!=db ')).toEqual({ words: ['api'], labels: 'app=web,tier!=db' });
  expect(parseFilter('app.kubernetes.io/name==x')).toEqual({
    words: [],
    labels: 'app.kubernetes.io/name==x',
  });
  expect(parseFilter('=x')).toEqual({ words: ['=x'], labels: '' });
  expect(parseFilter('a=b=c')).toEqual({ words: ['a=b=c'], labels: '' });
  expect(parseFilter('')).toEqual({ words: [], labels: '' });
});

it('wants every word and none of the excluded', () => {
  expect(matches('api-1\npayments\nrunning', ['api', 'pay'])).toBe(true);
  expect(matches('api-1\npayments', ['api', 'web'])).toBe(false);
  expect(matches('api-1\nrunning', ['!running'])).toBe(false);
  expect(matches('api-1\nrunning', ['!failed'])).toBe(true);
  expect(matches('wow!', ['!'])).toBe(true);
});
