// The keys of a list that is worked from the text box above it: arrows move, Enter chooses.
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';

export interface Options {
  /** The one that Enter chooses. */
  at: number;
  list: RefObject<HTMLDivElement | null>;
  moveTo(index: number): void;
  onKeyDown(event: KeyboardEvent): void;
}

export function useOptions(count: number, choose: (index: number) => void): Options {
  const cursor = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const at = Math.min(cursor.value, Math.max(0, count - 1));
  const moveTo = (index: number) => {
    cursor.value = index;
  };
  return {
    at,
    list,
    moveTo,
    onKeyDown(event) {
      if (event.isComposing) return;
      if (event.key === 'ArrowDown') moveTo(Math.min(at + 1, count - 1));
      else if (event.key === 'ArrowUp') moveTo(Math.max(at - 1, 0));
      else if (event.key === 'Enter') choose(at);
      else return;
      event.preventDefault();
      requestAnimationFrame(() => list.current?.querySelector('.at')?.scrollIntoView({ block: 'nearest' }));
    },
  };
}
