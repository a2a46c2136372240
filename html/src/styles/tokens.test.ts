import { describe, expect, it } from 'vitest';
import css from './tokens.css?raw';

const others = import.meta.glob<string>(['./*.css', '!./tokens.css'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

function token(name: string, theme: 'light' | 'dark'): string {
  const match = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  if (!match) throw new Error(`no colour ${name}`);
  return (theme === 'light' ? match[1] : match[2]) ?? '';
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ['ground', 'raised', 'hover', 'chosen', 'changed'];
const TEXT: [string, string[]][] = [
  ['text', [...GROUNDS, 'bad-ground', 'warn-ground']],
  ['muted', ['ground', 'raised', 'hover', 'chosen', 'bad-ground', 'warn-ground']],
  ['accent', ['ground', 'raised', 'hover', 'chosen']],
  ['bad', [...GROUNDS, 'bad-ground']],
  ['on-accent', ['accent', 'bad']],
  // Colours of a log.
  ...['ok', 'warn', 'mark-violet', 'mark-teal'].map((name): [string, string[]] => [name, ['ground']]),
];
const MARKS: [string, string[]][] = [
  ...['ok', 'warn', 'bad', 'muted', 'accent'].map((name): [string, string[]] => [
    name,
    [...GROUNDS, 'warn-ground'],
  ]),
  ['edge', ['ground', 'raised']],
  ...['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'violet'].map(
    (name): [string, string[]] => [`mark-${name}`, ['ground', 'raised', 'hover', 'chosen']],
  ),
];

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  it.each(TEXT)('text in %s can be read on its grounds', (name, grounds) => {
    for (const ground of grounds) {
      expect(
        contrast(token(name, theme), token(ground, theme)),
        `${name} on ${ground}`,
      ).toBeGreaterThanOrEqual(4.5);
    }
  });
  it.each(MARKS)('marks in %s can be seen on their grounds', (name, grounds) => {
    for (const ground of grounds) {
      expect(
        contrast(token(name, theme), token(ground, theme)),
        `${name} on ${ground}`,
      ).toBeGreaterThanOrEqual(3);
    }
  });
});

it('keeps every colour in this one file', () => {
  expect(Object.keys(others).length).toBeGreaterThan(3);
  for (const [name, text] of Object.entries(others)) {
    expect(text.match(/#[0-9a-f]{3,8}\b|rgb\(|hsl\(/gi) ?? [], name).toEqual([]);
  }
});
