// What the open view shows, how old it is, and how it is read again. The bar shows it; `r` and the timer use it.
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export interface Freshness {
  asOf: ReadonlySignal<number | undefined>;
  error: ReadonlySignal<unknown>;
  busy: ReadonlySignal<boolean>;
  load(): Promise<void>;
  /** Milliseconds between readings, asked for each time. */
  interval(): number;
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

  async function turn(): Promise<void> {
    clearTimeout(timer);
    await source.load();
    if (!stopped) arm();
  }
  function arm(): void {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') timer = setTimeout(turn, source.interval());
  }
  function onVisible(): void {
    if (document.visibilityState !== 'visible') clearTimeout(timer);
    else if (Date.now() - (source.asOf.peek() ?? 0) >= source.interval()) turn();
    else arm();
  }

  turn();
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    stopped = true;
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

/** Runs the callback each time the source has been read anew. */
export function onReading(source: Pick<Freshness, 'asOf'>, run: () => void): () => void {
  let last = source.asOf.peek();
  return effect(() => {
    const now = source.asOf.value;
    if (now === last) return;
    last = now;
    run();
  });
}
