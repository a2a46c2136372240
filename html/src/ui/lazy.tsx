// Pages and panels that are not needed at once come as files of their own, fetched when idle or when first wanted.
import { signal } from '@preact/signals';
import type { ComponentType, JSX } from 'preact';
import { t } from '../texts';
import { Empty } from './empty';

const waiting: (() => void)[] = [];

export interface Lazy<P> {
  (props: P): JSX.Element | null;
  /** Begins to fetch what will be wanted soon. */
  fetch(): void;
}

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): Lazy<P> {
  const loaded = signal<ComponentType<P> | undefined>(undefined);
  const failed = signal(false);
  let started = false;

  function fetch(): void {
    if (started) return;
    started = true;
    load().then(
      (component) => {
        loaded.value = component;
      },
      () => {
        started = false;
        failed.value = true;
      },
    );
  }
  waiting.push(fetch);

  function Part(props: P) {
    const Component = loaded.value;
    if (Component) return <Component {...props} />;
    if (!failed.value) {
      fetch();
      return null;
    }
    return (
      <Empty title={t().partMissing} why={t().partMissingWhy}>
        <button type="button" class="button button-main" onClick={() => location.reload()}>
          {t().reload}
        </button>
      </Empty>
    );
  }
  return Object.assign(Part, { fetch });
}

/** Fetches what is still outstanding, one after another, when there is nothing better to do. */
export function fetchWhenIdle(): void {
  const idle = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 500));
  idle(() => {
    waiting.shift()?.();
    if (waiting.length > 0) fetchWhenIdle();
  });
}
