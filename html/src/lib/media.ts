// What the window is like, as signals.
import { type Signal, signal } from '@preact/signals';

function media(query: string): Signal<boolean> {
  const list = globalThis.matchMedia?.(query);
  const value = signal(list?.matches ?? false);
  list?.addEventListener?.('change', (event) => {
    value.value = event.matches;
  });
  return value;
}

export const narrow = media('(max-width: 719px)');

/** True where the detail takes the place of its list. */
export const covering = media('(max-width: 1023px)');

/** A clock for ages: ticks often enough for seconds to be believed, seldom enough to cost nothing. */
export const now = signal(Date.now());

export function startClock(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible') now.value = Date.now();
  }, 10_000);
}
