import { describe, expect, it } from 'vitest';
import { BLOCK, LogBuffer } from './buffer';

const stamp = (second: number, fraction = '') =>
  `2026-11-21T10:00:${String(second).padStart(2, '0')}${fraction === '' ? '' : `.${fraction}`}Z`;
const textsOf = (buffer: LogBuffer) => buffer.blocks.flatMap((block) => block.lines.map((line) => line.text));

describe('a log that is kept', () => {
  it('tells times from texts', () => {
    const buffer = new LogBuffer();
    buffer.push([`${stamp(1, '25')} hello world`, `${stamp(2)} `, 'without one']);
    expect(buffer.blocks[0]?.lines).toEqual([
      { time: stamp(1, '25'), text: 'hello world' },
      { time: stamp(2), text: '' },
      { time: '', text: 'without one' },
    ]);
    expect(buffer.last).toBe(stamp(2));
  });

  it('fills blocks that stay as they are, and lets go of the oldest', () => {
    const buffer = new LogBuffer(250);
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `${stamp(1)} ${from + index}`);
    buffer.push(lines(0, 130));
    const [first] = buffer.blocks;
    buffer.push(lines(130, 220));
    expect(buffer.blocks[0]).toBe(first);
    expect(buffer.blocks.map((block) => block.lines.length)).toEqual([BLOCK, BLOCK, 20]);
    buffer.push(lines(220, 460));
    expect(buffer.blocks.map((block) => block.id)).toEqual([3, 4]);
    expect(buffer.dropped).toBe(300);
    expect(textsOf(buffer)[0]).toBe('300');
    expect(buffer.seen).toBe(460);
  });

  it('never holds more text than it may, however long the lines are', () => {
    const buffer = new LogBuffer(10_000, 50_000);
    for (let i = 0; i < 30; i++) buffer.push(Array.from({ length: 100 }, () => 'x'.repeat(200)));
    expect(buffer.length).toBe(200);
    expect(buffer.dropped).toBe(2800);
  });

  it('goes on where it was, without what it has', () => {
    const buffer = new LogBuffer();
    buffer.push([`${stamp(1)} a`, `${stamp(2, '5')} b`]);
    buffer.resume();
    buffer.push([`${stamp(2, '1')} x`, 'rest of x', `${stamp(2, '50')} b`, `${stamp(2, '500000001')} c`]);
    buffer.push([`${stamp(2)} late, yet new`]);
    expect(textsOf(buffer)).toEqual(['a', 'b', 'c', 'late, yet new']);
  });
});
