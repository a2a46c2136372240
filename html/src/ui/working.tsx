// Beside a pressed button: what is going on, for how long, and the way out.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { duration } from '../lib/age';
import { t } from '../texts';

interface WorkingProps {
  what: string;
  /** For work of which the amount is known. */
  progress?: { done: number; total: number };
  onCancel(): void;
}

export function Working({ what, progress, onCancel }: WorkingProps) {
  const elapsed = useSignal(0);
  useEffect(() => {
    const started = Date.now();
    const timer = setInterval(() => {
      elapsed.value = Date.now() - started;
    }, 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <button type="button" class="button" onClick={onCancel}>
        {t().cancel}
      </button>
      <p class="working">
        <span role="status">{what}</span>
        {elapsed.value >= 1000 && <span class="working-time">{duration(elapsed.value)}</span>}
        {progress && <progress max={progress.total} value={progress.done} aria-label={what} />}
      </p>
    </>
  );
}
