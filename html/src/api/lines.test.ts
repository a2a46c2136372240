import { describe, expect, it } from 'vitest';
import { Lines, readLines } from './lines';

describe('lines', () => {
  it('are whole, however the pieces fall', () => {
    const lines = new Lines(100);
    expect(lines.push('one\ntw')).toEqual(['one']);
    expect(lines.push('o')).toEqual([]);
    expect(lines.push('\n\nthree')).toEqual(['two', '']);
    expect(lines.end()).toEqual(['three']);
    expect(lines.end()).toEqual([]);
  });

  it('that are too long come in parts, and hold no more than that back', () => {
    const lines = new Lines(4);
    expect(lines.push('abcdefghij')).toEqual(['abcd', 'efgh']);
    expect(lines.push('kl\nx')).toEqual(['ijkl']);
    expect(lines.push('abcdefg\n')).toEqual(['xabc', 'defg']);
  });

  it('keep characters whole that arrive in two pieces', async () => {
    const bytes = new TextEncoder().encode('한글\n끝');
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const seen: string[] = [];
    await readLines(body, 100, (lines) => seen.push(...lines));
    expect(seen).toEqual(['한글', '끝']);
  });
});
