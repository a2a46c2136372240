// State by shape and word; the colour only helps.
import type { Mark as MarkName } from '../kinds/health';
import { t } from '../texts';

const SHAPES: Record<MarkName, string> = {
  ok: 'M5 1a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  progressing: 'M5 .5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM5 1.8v6.4a3.2 3.2 0 0 1 0-6.4z',
  bad: 'M5 .6 9.8 9.2H.2z',
  unknown: 'M5 .5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM5 1.8a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4z',
};

export function Mark({ mark }: { mark: MarkName }) {
  return (
    <svg
      class={`mark mark-${mark}`}
      viewBox="0 0 10 10"
      width="10"
      height="10"
      aria-hidden="true"
      focusable="false"
    >
      <path d={SHAPES[mark]} fill-rule="evenodd" />
    </svg>
  );
}

/** A mark with its word. Where the word alone does not tell ("2/3"), the mark's meaning is said too. */
export function Status({ mark, word }: { mark: MarkName; word: string }) {
  const tells = /\p{L}/u.test(word);
  return (
    <span class={`status status-${mark}`}>
      <Mark mark={mark} />
      {!tells && <span class="offscreen">{t().marks[mark]}</span>}
      <span class="status-word">{word || t().marks.unknown}</span>
    </span>
  );
}
