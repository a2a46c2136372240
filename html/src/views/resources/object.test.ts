import { expect, it } from 'vitest';
import { masked, ordered } from './object';
import { openKey, splitKey } from './source';

const secret = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: {
    name: 's',
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"a":"aHVudGVyMg=="}}',
      other: 'x',
    },
    managedFields: [],
  },
  data: { a: 'aHVudGVyMg==' },
};

it('covers the values of a Secret everywhere they stand', () => {
  const text = JSON.stringify(masked(secret));
  expect(text).not.toContain('aHVudGVyMg');
  expect(text).toContain('7 bytes');
  expect(text).toContain('"other":"x"');
  expect(secret.data.a).toBe('aHVudGVyMg==');
});

it('leaves other objects alone', () => {
  const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'p' }, data: { a: 'b' } };
  expect(masked(pod)).toBe(pod);
});

it('orders for reading and hides managed fields until asked', () => {
  expect(Object.keys(ordered(secret, false))).toEqual(['apiVersion', 'kind', 'metadata', 'data']);
  expect(ordered(secret, false).metadata).not.toHaveProperty('managedFields');
  expect(ordered(secret, true).metadata).toHaveProperty('managedFields');
});

it('keeps namespace and name in one word', () => {
  for (const [namespace, name] of [
    ['a', 'x'],
    [undefined, 'node-1'],
  ] as const) {
    expect(splitKey(openKey(namespace, name))).toEqual({ namespace, name });
  }
});
