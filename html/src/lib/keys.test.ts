import { expect, it } from 'vitest';
import { keyName } from './keys';

it('knows the letter on the key under another layout', () => {
  expect(keyName({ key: 'ㅓ', code: 'KeyJ' })).toBe('j');
  expect(keyName({ key: 'j', code: 'KeyJ' })).toBe('j');
  expect(keyName({ key: 'J', code: 'KeyJ' })).toBe('J');
  expect(keyName({ key: '/', code: 'Slash' })).toBe('/');
  // A Latin layout that moved the letters is believed.
  expect(keyName({ key: 'q', code: 'KeyA' })).toBe('q');
});
