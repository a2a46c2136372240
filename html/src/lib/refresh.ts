// What the open view shows, how old it is, and how it is read again. The bar shows it; `r` and the timer use it.
import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Live } from '../api/list';
import type { Query } from '../api/query';

export interface Freshness {
  asOf: ReadonlySignal<number | undefined>;
  error: ReadonlySignal<unknown>;
  busy: ReadonlySignal<boolean>;
  load(): Promise<void>;
  /** Milliseconds between readings, asked for each time, and anew when a signal that it looks at changes. */
  interval(): number;
  live?: ReadonlySignal<Live>;
  liveSince?: ReadonlySignal<number | undefined>;
  /** Kinds that belong to it and that the cluster does not let us follow. */
  refused?: ReadonlySignal<readonly string[]>;
}

export const REFRESH_MS = 15_000;

export const freshness = signal<Freshness | undefined>(undefined);

export function refreshNow(): void {
  freshness.peek()?.load();
}

/** Reads now, and again at intervals while the page can be seen. Returns what stops it. */
export function keepFresh(source: Freshness): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  let last = 0;

  async function turn(): Promise<void> {
    clearTimeout(timer);
    await source.load();
    last = Date.now();
    if (!stopped) arm(source.interval());
  }
  function arm(interval: number): void {
    clearTimeout(timer);
    if (document.visibilityState !== 'visible' || last === 0) return;
    timer = setTimeout(turn, Math.max(0, last + interval - Date.now()));
  }
  function onVisible(): void {
    arm(source.interval());
  }

  turn();
  const stopFollowing = effect(() => arm(source.interval()));
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    stopped = true;
    stopFollowing();
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
  };
}

/** Makes a source the view's own for as long as the component shows it. */
export function useFreshness(source: Freshness): void {
  useEffect(() => {
    freshness.value = source;
    const stop = keepFresh(source);
    return () => {
      stop();
      if (freshness.peek() === source) freshness.value = undefined;
    };
  }, [source]);
}

type Following = Partial<Pick<Freshness, 'live' | 'liveSince' | 'refused' | 'interval'>>;

/** Makes a query what the view shows, read again at the usual interval or another, and when what is followed has
 * changed. */
export function useQuery(query: Query<unknown>, following?: Following): void {
  const source = useMemo(
    () => ({
      asOf: query.asOf,
      error: query.error,
      busy: query.loading,
      load: () => query.load(),
      interval: following?.interval ?? (() => REFRESH_MS),
      live: following?.live,
      liveSince: following?.liveSince,
      refused: following?.refused,
    }),
    [query, following],
  );
  useFreshness(source);
}

/** Runs the callback each time the signal has changed. */
export function onChange<T>(source: ReadonlySignal<T>, run: () => void): () => void {
  let last = source.peek();
  return effect(() => {
    const now = source.value;
    if (now === last) return;
    last = now;
    untracked(run);
  });
}
