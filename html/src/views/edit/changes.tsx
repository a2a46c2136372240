// What would become of an object, field by field.
import { count } from '../../lib/format';
import { editing } from '../../texts/edit';
import { Sign } from '../../ui/sign';
import type { Change } from './diff';

const SHOWN = 300;
const LONG = 400;

interface ChangesProps {
  changes: readonly Change[];
  /** Values of these fields are not shown. */
  isCovered(change: Change): boolean;
}

const SIGNS = {
  added: { sign: '+', tone: 'ok' },
  changed: { sign: '~', tone: 'warn' },
  removed: { sign: '−', tone: 'bad' },
} as const;

export function Changes({ changes, isCovered }: ChangesProps) {
  return (
    <>
      <ul class="changes" aria-label={editing().changesLabel}>
        {changes.slice(0, SHOWN).map((change) => {
          const covered = isCovered(change);
          return (
            <li key={change.path} class="change">
              <Sign {...SIGNS[change.kind]} />
              <div>
                <p class="change-path mono">
                  <span class="offscreen">{editing().changeKinds[change.kind]} </span>
                  {change.path}
                </p>
                {covered && <p class="muted">{editing().coveredChange}</p>}
                {!covered && change.kind !== 'added' && <Value class="change-before" value={change.before} />}
                {!covered && change.kind !== 'removed' && <Value class="change-after" value={change.after} />}
              </div>
            </li>
          );
        })}
      </ul>
      {changes.length > SHOWN && <p class="muted">{editing().moreChanges(count(changes.length - SHOWN))}</p>}
    </>
  );
}

function Value({ class: name, value }: { class: string; value: unknown }) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return null;
  const Tag = name === 'change-before' ? 'del' : 'ins';
  return <Tag class={name}>{text.length > LONG ? `${text.slice(0, LONG)}…` : text}</Tag>;
}
