import { describe, expect, it } from 'vitest';
import { match, parseLine } from './search';

const letters = (text: string, query: string) =>
  match(text, query)
    ?.at.map((place) => text[place])
    .join('');

describe('what is typed', () => {
  it('finds the whole before the beginning, then words, first letters, parts, and letters in order', () => {
    const texts = ['pod', 'pods', 'my-pod', 'Past of dogs', 'tripod', 'p-o-d', 'x'];
    const scores = texts.map((text) => match(text, 'pod')?.score ?? 0);
    expect(scores).toEqual([6, 5, 4, 3.5, 3, 3.5, 0]);
    expect(match('anything', '')?.score).toBe(1);
  });

  it.each([
    ['Job history', 'jh', 'Jh'],
    ['PersistentVolumeClaim', 'pvc', 'PVC'],
    ['Network policies', 'network pol', 'Network pol'],
    ['kube-system', 'ksys', 'ksys'],
    ['deployments.apps', 'dply', 'dply'],
    ['us-east-1_demo', 'demo', 'demo'],
    ['잡 기록', '기록', '기록'],
  ])('finds in %s by %s the letters %s', (text, query, found) => {
    expect(letters(text, query)).toBe(found);
  });

  it.each([
    ['widgets', 'de'],
    ['customresourcedefinitions.apiextensions.k8s.io', 'cxk'],
    ['Job history', 'hj'],
    ['pods', 'podz'],
  ])('does not find %s by %s', (text, query) => {
    expect(match(text, query)).toBeUndefined();
  });

  it('prefers letters that stand close together', () => {
    const near = match('a-xbcd', 'bcx')?.score ?? 0;
    expect(near).toBe(0);
    expect(match('kube-proxy-x', 'kbpr')?.score).toBeGreaterThan(
      match('kitchen-bench-par', 'kbpr')?.score ?? 0,
    );
    expect(match('payments', 'pmnts')?.score).toBeGreaterThan(match('Deployments', 'pmnts')?.score ?? 0);
    expect(match('sxxxxxxsync', 'syn')?.at).toEqual([7, 8, 9]);
  });
});

it('reads a line as kind, namespace and filter', () => {
  const line = { clustersOnly: false, rest: '', filter: '' };
  expect(parseLine('po kube-system')).toEqual({
    ...line,
    all: 'po kube-system',
    first: 'po',
    rest: 'kube-system',
  });
  expect(parseLine('deploy /api')).toEqual({ ...line, all: 'deploy', first: 'deploy', filter: 'api' });
  expect(parseLine('po web /x y')).toEqual({
    ...line,
    all: 'po web',
    first: 'po',
    rest: 'web',
    filter: 'x y',
  });
  expect(parseLine('@stag')).toEqual({ ...line, clustersOnly: true, all: 'stag', first: 'stag' });
});
