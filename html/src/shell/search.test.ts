import { expect, it } from 'vitest';
import { parseLine, score } from './search';

it('prefers the whole, the beginning, then words, then parts', () => {
  const scores = ['pod', 'pods', 'my-pod', 'tripod', 'p-o-d', 'x'].map((text) => score(text, 'pod'));
  expect(scores).toEqual([6, 5, 4, 3, 1, 0]);
  expect(score('anything', '')).toBe(1);
  expect(score('widgets', 'de')).toBe(0);
});

it('reads a line as kind, namespace and filter', () => {
  expect(parseLine('po kube-system')).toEqual({
    clustersOnly: false,
    first: 'po',
    rest: 'kube-system',
    filter: '',
  });
  expect(parseLine('deploy /api')).toEqual({ clustersOnly: false, first: 'deploy', rest: '', filter: 'api' });
  expect(parseLine('po web /x y')).toEqual({ clustersOnly: false, first: 'po', rest: 'web', filter: 'x y' });
  expect(parseLine('@stag')).toEqual({ clustersOnly: true, first: 'stag', rest: '', filter: '' });
});
