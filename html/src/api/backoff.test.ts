import { expect, it } from 'vitest';
import { backoff, pause } from './backoff';

it('waits twice as long after each failure, up to half a minute, and never the same', () => {
  const most = () => 1;
  expect([1, 2, 3, 6, 60].map((failures) => backoff(failures, most))).toEqual([
    1000, 2000, 4000, 30_000, 30_000,
  ]);
  expect(backoff(3, () => 0)).toBe(2000);
});

it('waits no longer than it is wanted', async () => {
  const stop = new AbortController();
  const waited = pause(60_000, stop.signal);
  stop.abort();
  await waited;
  await pause(60_000, stop.signal);
});
