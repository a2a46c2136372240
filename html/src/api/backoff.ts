// How long to wait before trying again what has just failed.

const FIRST_MS = 1000;
const LAST_MS = 30_000;

/** Doubles with each failure up to half a minute; the spread keeps many pages from coming back at once. */
export function backoff(failures: number, random: () => number = Math.random): number {
  const whole = Math.min(LAST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(whole * (0.5 + random() / 2));
}

/** Waits, or less when told to stop. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
