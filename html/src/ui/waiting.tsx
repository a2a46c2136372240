// What is shown while something is read: nothing at first, then a skeleton, then a sentence with a way out.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../texts';

const SKELETON_MS = 300;
const SENTENCE_MS = 2000;

export type Patience = 'instant' | 'skeleton' | 'sentence';

export function usePatience(waiting: boolean): Patience {
  const stage = useSignal<Patience>('instant');
  useEffect(() => {
    stage.value = 'instant';
    if (!waiting) return;
    const timers = [
      setTimeout(() => {
        stage.value = 'skeleton';
      }, SKELETON_MS),
      setTimeout(() => {
        stage.value = 'sentence';
      }, SENTENCE_MS),
    ];
    return () => timers.forEach(clearTimeout);
  }, [waiting]);
  return waiting ? stage.value : 'instant';
}

interface WaitingProps {
  what: string;
  onCancel?: () => void;
  skeleton?: ComponentChildren;
}

export function Waiting({ what, onCancel, skeleton }: WaitingProps) {
  const stage = usePatience(true);
  if (stage === 'instant') return null;
  return (
    <div class="waiting" aria-busy="true">
      {stage === 'sentence' && (
        <p class="waiting-text" role="status">
          {what}
          {onCancel && (
            <button type="button" class="button" onClick={onCancel}>
              {t().cancel}
            </button>
          )}
        </p>
      )}
      {skeleton ?? <Skeleton rows={6} />}
    </div>
  );
}

const LENGTHS = ['long', 'medium', 'short', 'medium', 'long', 'short'];

export function Skeleton({ rows }: { rows: number }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <div class="skeleton-row" key={index}>
          <span class={`bone bone-${LENGTHS[index % LENGTHS.length]}`} />
          <span class="bone bone-short" />
          <span class="bone bone-short" />
        </div>
      ))}
    </div>
  );
}
