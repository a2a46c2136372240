// What a job's state looks like, and how long it ran.
import type { Job, JobState } from '../../api/jobs';
import type { Mark } from '../../kinds/health';
import { duration } from '../../lib/age';

export const STATE_MARKS: Record<JobState, Mark> = {
  pending: 'progressing',
  running: 'progressing',
  succeeded: 'ok',
  failed: 'bad',
  suspended: 'unknown',
  unknown: 'unknown',
};

export function isUnfinished({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'succeeded' && state !== 'failed';
}

export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  // What takes less than a moment is told apart from what takes none.
  if (value > 0 && value < 10 && !Number.isInteger(value)) return `${value.toFixed(1)}s`;
  return duration(value * 1000);
}

/** "3/5": how many of the wanted completions there are. */
export function completionsOf({ succeeded, completions, parallelism }: Job): string {
  return `${succeeded}/${completions ?? parallelism ?? 1}`;
}
