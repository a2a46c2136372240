import { describe, expect, it } from 'vitest';
import { countIn, marked, piecesOf, plainOf } from './ansi';

const E = '\u001b';

describe('a line of a log', () => {
  it('keeps its colours', () => {
    expect(piecesOf(`ok ${E}[1;31mFAILED${E}[0m done`)).toEqual([
      { text: 'ok ', look: '' },
      { text: 'FAILED', look: 'tone-bad ansi-bold' },
      { text: ' done', look: '' },
    ]);
    expect(piecesOf(`${E}[92mgreen${E}[39m plain`)[0]?.look).toBe('tone-ok');
    expect(piecesOf(`${E}[38;5;196;4mx`)).toEqual([{ text: 'x', look: 'ansi-under' }]);
    expect(piecesOf(`${E}[38;2;1;2;31mx`)).toEqual([{ text: 'x', look: '' }]);
    expect(piecesOf(`${E}[1m${E}[mx`)).toEqual([{ text: 'x', look: '' }]);
  });

  it.each([
    ['moves of the cursor', `a${E}[2J${E}[10;20Hb`, 'ab'],
    ['titles of windows', `a${E}]0;own the title\u0007b${E}]8;;http://x${E}\\link`, 'ablink'],
    ['short escapes', `a${E}cb${E}(Bc`, 'abc'],
    ['an escape that is cut off', `a${E}[12`, 'a12'],
    ['carriage returns at its end', 'a\r\r', 'a'],
  ])('loses %s', (_, line, plain) => {
    expect(plainOf(line)).toBe(plain);
  });

  it('shows what cannot be seen, and leaves markup text', () => {
    expect(plainOf('a\u0000b\rc\td\u007f')).toBe('a␀b␍c\td␡');
    expect(plainOf('<img src=x onerror=1>')).toBe('<img src=x onerror=1>');
  });
});

describe('what is searched for', () => {
  const found = (line: string, query: string) =>
    marked(piecesOf(line), query)
      .filter((piece) => piece.found)
      .map((piece) => piece.text);

  it('is found whatever its case, as often as it stands there', () => {
    expect(found('Error: error, ERRORS', 'error')).toEqual(['Error', 'error', 'ERROR']);
    expect(countIn('Error: error, ERRORS', 'error')).toBe(3);
    expect(found('aaaa', 'aa')).toEqual(['aa', 'aa']);
    expect(found('a.c abc', 'a.c')).toEqual(['a.c']);
    expect(found('nothing', 'x')).toEqual([]);
    expect(countIn('anything', '')).toBe(0);
  });

  it('is found across colours, and the rest of the line stays whole', () => {
    const pieces = marked(piecesOf(`xx ${E}[31mcon${E}[32mnect${E}[0m yy`), 'connect');
    expect(pieces.filter((piece) => piece.found)).toEqual([
      { text: 'con', look: 'tone-bad', found: true },
      { text: 'nect', look: 'tone-ok', found: true },
    ]);
    expect(pieces.map((piece) => piece.text).join('')).toBe('xx connect yy');
  });
});
