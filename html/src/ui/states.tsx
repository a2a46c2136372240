// A few things with a state each: containers, conditions, events. Mark, name and word on one line, the reason below.
import type { ComponentChildren } from 'preact';
import type { Mark as MarkName } from '../kinds/health';
import { Mark } from './mark';

export function States({ children }: { children: ComponentChildren }) {
  return <ul class="states">{children}</ul>;
}

interface StateProps {
  mark: MarkName;
  name: string;
  mono?: boolean;
  word?: string;
  aside?: ComponentChildren;
  time?: ComponentChildren;
  /** Where it is, or what it is made of. */
  origin?: string;
  message?: string;
}

export function State({ mark, name, mono, word, aside, time, origin, message }: StateProps) {
  return (
    <li>
      <div class="state-line">
        <Mark mark={mark} />
        <span class={mono ? 'state-name mono' : 'state-name'}>{name}</span>
        {word && <span>{word}</span>}
        {aside && <span class="muted">{aside}</span>}
        {time && <span class="state-time muted">{time}</span>}
      </div>
      {origin && <p class="muted mono state-note">{origin}</p>}
      {message && <p class="state-note">{message}</p>}
    </li>
  );
}
