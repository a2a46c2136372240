import { expect, it } from 'vitest';
import { colourOf, favourites, offersRed, setColour, stored, toggleFavourite } from './prefs';

it('keeps a preference and forgets what it cannot read', () => {
  const isNumber = (value: unknown): value is number => typeof value === 'number';
  localStorage.setItem('eksgate.test', '"not a number"');
  expect(stored('test', 7, isNumber).value).toBe(7);
  localStorage.setItem('eksgate.test', '{broken');
  expect(stored('test', 7, isNumber).value).toBe(7);
  const kept = stored('test', 7, isNumber);
  kept.value = 8;
  expect(localStorage.getItem('eksgate.test')).toBe('8');
  kept.value = 7;
  expect(localStorage.getItem('eksgate.test')).toBeNull();
});

it('offers red for production until a colour is chosen', () => {
  expect(offersRed('a', 'prod-eu')).toBe(true);
  expect(offersRed('a', 'eu-Production')).toBe(true);
  expect(offersRed('a', 'reproduce')).toBe(false);
  expect(colourOf('a')).toBe('grey');
  setColour('a', 'grey');
  expect(offersRed('a', 'prod-eu')).toBe(false);
});

it('toggles favourites', () => {
  toggleFavourite('x');
  expect(favourites.value).toEqual(['x']);
  toggleFavourite('x');
  expect(favourites.value).toEqual([]);
});
