// Changing one object: written as YAML, tried on the server, looked at field by field, then applied. What others own is
// named with its owner, and taken over only when that is said twice.
import { batch, signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { ApiError, toApiError } from '../../api/error';
import * as gateway from '../../api/gateway';
import type { KubeObject } from '../../api/types';
import { refreshNow } from '../../lib/refresh';
import { t } from '../../texts';
import { editing } from '../../texts/edit';
import { confirm } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error';
import { Check } from '../../ui/field';
import { Mark } from '../../ui/mark';
import { isSecret } from '../resources/object';
import { applyText, removeFields } from './apply';
import { Changes } from './changes';
import { type Change, diffObjects, leftBehind, removals } from './diff';
import { Editor } from './editor';
import { type Conflict, conflictsOf, ownersOf } from './owners';
import { readYaml } from './parse';
import { editable, uncovered } from './text';
import '../../styles/edit.css';

interface Draft {
  original: string;
  text: string;
  covered: Map<string, string>;
  uid: string | undefined;
}

/** What has been written and not applied, by path: another tab of the detail does not lose it. */
const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

function keep(path: string, draft: Draft | undefined): void {
  const next = new Map(drafts.peek());
  if (draft) next.set(path, draft);
  else next.delete(path);
  drafts.value = next;
}

/** What the server would make of the text, whoever owns what. */
interface Tried {
  text: string;
  /** Fields that belong to others, who would lose them. */
  conflicts: Conflict[];
  changes: Change[];
  /** Taken out of the text, and there all the same. */
  left: (Change & { owners: string[] })[];
  warnings: string[];
}

/** Whose fields the text would change; none when it would be applied as it is. */
async function conflictsWith(path: string, text: string): Promise<Conflict[]> {
  try {
    await applyText(path, text, { dry: true, force: false });
    return [];
  } catch (error) {
    const conflicts = error instanceof ApiError && error.status === 409 ? conflictsOf(error.causes) : [];
    if (conflicts.length === 0) throw error;
    return conflicts;
  }
}

function isSame(a: Conflict, b: Conflict): boolean {
  return a.field === b.field && a.owner === b.owner;
}

interface EditProps {
  object: KubeObject;
  path: string;
  onDone(applied: boolean): void;
}

export function Edit({ object, path, onDone }: EditProps) {
  const draft = useMemo(() => {
    const known = drafts.peek().get(path);
    if (known && known.uid === object.metadata.uid) return known;
    const { text, covered } = editable(object);
    return { original: text, text, covered, uid: object.metadata.uid };
  }, [path]);
  const text = useSignal(draft.text);
  const read = useComputed(() => readYaml(text.value));
  const tried = useSignal<Tried | undefined>(undefined);
  const failed = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal<'' | 'try' | 'apply'>('');
  const remove = useSignal(false);
  const name = object.metadata.name;

  useEffect(() => {
    if (text.value === draft.original) keep(path, undefined);
    else keep(path, { ...draft, text: text.value });
  }, [text.value]);

  /** Runs one step at a time, and shows what goes wrong in it. */
  async function step(kind: 'try' | 'apply', run: () => Promise<void>): Promise<void> {
    if (busy.peek() !== '') return;
    batch(() => {
      busy.value = kind;
      failed.value = undefined;
    });
    try {
      await run();
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = '';
    }
  }

  async function tryOut(): Promise<void> {
    const sent = uncovered(text.peek(), draft.covered);
    const conflicts = await conflictsWith(path, sent);
    const [live, dry] = await Promise.all([
      gateway.object(path),
      applyText(path, sent, { dry: true, force: conflicts.length > 0 }),
    ]);
    const [before] = readYaml(draft.original).documents;
    const left = leftBehind(before, read.peek().documents[0], dry.object).map((change) => ({
      ...change,
      owners: ownersOf(live.metadata.managedFields, live, change.steps),
    }));
    batch(() => {
      remove.value = false;
      tried.value = {
        text: sent,
        conflicts,
        changes: diffObjects(live, dry.object),
        left,
        warnings: dry.warnings,
      };
    });
  }

  async function apply(what: Tried): Promise<void> {
    const force = what.conflicts.length > 0;
    if (force) {
      if (!(await mayTake(what.conflicts))) return;
      // Who has taken a field since must be named before he loses it.
      const now = await conflictsWith(path, what.text);
      if (now.some((conflict) => !what.conflicts.some((shown) => isSame(conflict, shown)))) return tryOut();
    }
    const { object: applied } = await applyText(path, what.text, { dry: false, force });
    if (remove.peek() && what.left.length > 0) {
      await removeFields(path, removals(what.left, applied), String(applied.metadata.resourceVersion));
    }
    keep(path, undefined);
    refreshNow();
    onDone(true);
  }

  function mayTake(fields: readonly Conflict[]): Promise<boolean> {
    const owners = [...new Set(fields.map((conflict) => conflict.owner))].join(', ');
    return confirm({
      title: editing().takeTitle(fields.length, name),
      effect: [editing().takeEffect(owners), editing().takeBack],
      action: editing().takeAction(fields.length),
      danger: true,
    });
  }

  const review = () => {
    if (read.peek().faults.length === 0 && text.peek() !== draft.original) step('try', tryOut);
  };
  const changed = text.value !== draft.original;
  const faults = read.value.faults;
  const outcome = tried.value;
  const isCovered = (change: Change) => isSecret(object) && /^(data|stringData)\b/.test(change.path);
  return (
    <div class="edit">
      <div class="text-tools">
        {outcome ? (
          <>
            <button
              type="button"
              class="button button-main"
              disabled={busy.value !== '' || (outcome.changes.length === 0 && !remove.value)}
              onClick={() => step('apply', () => apply(outcome))}
            >
              {outcome.conflicts.length > 0 ? editing().applyForced : editing().apply}
            </button>
            <button
              type="button"
              class="button"
              disabled={busy.value !== ''}
              onClick={() => {
                tried.value = undefined;
                failed.value = undefined;
              }}
            >
              {editing().back}
            </button>
          </>
        ) : (
          <button
            type="button"
            class="button button-main"
            disabled={busy.value !== '' || !changed || faults.length > 0}
            onClick={review}
          >
            {busy.value === 'try' ? editing().trying : editing().review}
          </button>
        )}
        <button
          type="button"
          class="button"
          disabled={busy.value === 'apply'}
          onClick={() => {
            keep(path, undefined);
            onDone(false);
          }}
        >
          {changed ? editing().discard : t().cancel}
        </button>
      </div>
      {failed.value && <ErrorBox failed={editing().failed(name)} error={failed.value} slim />}
      {outcome ? (
        <Review
          outcome={outcome}
          isCovered={isCovered}
          remove={remove.value}
          onRemove={(on) => {
            remove.value = on;
          }}
        />
      ) : (
        <>
          {isSecret(object) && <p class="edit-note">{editing().secretNote}</p>}
          <Editor
            label={editing().editorLabel(name)}
            value={text.value}
            faults={faults}
            readOnly={busy.value !== ''}
            onInput={(next) => {
              text.value = next;
            }}
            onSubmit={review}
          />
        </>
      )}
    </div>
  );
}

function Conflicts({ conflicts }: { conflicts: readonly Conflict[] }) {
  return (
    <div class="left" role="status">
      <p>
        <strong>{editing().conflictTitle(conflicts.length)}</strong>
      </p>
      <ul>
        {conflicts.map(({ field, owner }) => (
          <li key={`${field} ${owner}`}>
            <code>{field}</code> {editing().ownedBy(owner)}
          </li>
        ))}
      </ul>
      <p class="muted">{editing().conflictAdvice}</p>
    </div>
  );
}

interface ReviewProps {
  outcome: Tried;
  isCovered(change: Change): boolean;
  remove: boolean;
  onRemove(on: boolean): void;
}

function Review({ outcome, isCovered, remove, onRemove }: ReviewProps) {
  const { changes, left, warnings, conflicts } = outcome;
  const shown = remove ? [...changes, ...left] : changes;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is long is scrolled by keyboard too
    <section class="review" tabIndex={0} aria-label={editing().changesLabel}>
      {warnings.map((warning) => (
        <div class="strip strip-warn" role="status" key={warning}>
          <Mark mark="bad" />
          <span class="strip-text">{warning}</span>
        </div>
      ))}
      {conflicts.length > 0 && <Conflicts conflicts={conflicts} />}
      <p>
        <strong>{shown.length === 0 ? editing().noChange : editing().changes(shown.length)}</strong>{' '}
        <span class="muted">{editing().tried}</span>
      </p>
      <Changes changes={shown} isCovered={isCovered} />
      {left.length > 0 && (
        <div class="left">
          <p>
            <strong>{editing().leftTitle(left.length)}</strong>
          </p>
          <ul>
            {left.map(({ path, owners }) => (
              <li key={path}>
                <code>{path}</code> {owners.length > 0 && editing().ownedBy(owners.join(', '))}
              </li>
            ))}
          </ul>
          <Check
            label={editing().leftRemove}
            hint={editing().leftHint}
            checked={remove}
            onChange={onRemove}
          />
        </div>
      )}
    </section>
  );
}
