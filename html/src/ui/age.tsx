import { age, exact } from '../lib/age';
import { now } from '../lib/media';
import { locale } from '../texts';

/** How long ago, with the exact time on hover. */
export function Age({ time }: { time: string | undefined }) {
  if (!time) return null;
  return (
    <time dateTime={time} title={exact(time, locale())}>
      {age(time, now.value)}
    </time>
  );
}
