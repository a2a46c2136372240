// Objects that are pasted: one or many, tried on the server or applied, each with what became of it.
import { batch, useComputed, useSignal } from '@preact/signals';
import { type ApiError, toApiError } from '../../api/error';
import { clusterOf, openResources } from '../../lib/gate';
import { listHref, type ViewOf } from '../../router';
import { t } from '../../texts';
import { editing } from '../../texts/edit';
import { ErrorBox } from '../../ui/error';
import { Check } from '../../ui/field';
import { State, States } from '../../ui/states';
import { openKey } from '../resources/source';
import { applyAll, type Outcome } from './apply';
import { Editor } from './editor';
import { conflictsOf } from './owners';
import { readYaml } from './parse';
import '../../styles/edit.css';

interface Done {
  dry: boolean;
  outcomes: Outcome[];
}

export function NewPage({ view: { cluster, namespace } }: { view: ViewOf<'new'> }) {
  const text = useSignal('');
  const space = useSignal(namespace);
  const read = useComputed(() => readYaml(text.value));
  const done = useSignal<Done | undefined>(undefined);
  const failed = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const force = useSignal(false);
  const where = clusterOf(cluster)?.name ?? cluster;

  async function run(dry: boolean): Promise<void> {
    if (busy.peek() || !ready.peek()) return;
    batch(() => {
      busy.value = true;
      failed.value = undefined;
    });
    try {
      const how = { cluster, namespace: space.peek().trim(), text: text.peek(), dry, force: force.peek() };
      done.value = { dry, outcomes: await applyAll(how) };
    } catch (error) {
      batch(() => {
        failed.value = toApiError(error);
        done.value = undefined;
      });
    } finally {
      busy.value = false;
    }
  }

  const ready = useComputed(() => read.value.faults.length === 0 && read.value.documents.length > 0);
  const isConflict = (error: ApiError | undefined) => conflictsOf(error?.causes ?? []).length > 0;
  const conflicting =
    isConflict(failed.value) || done.value?.outcomes.some(({ error }) => isConflict(error)) || force.value;
  return (
    <div class="view">
      <div class="view-head">
        <h1>{t().newObjects}</h1>
        <span class="count">{where}</span>
      </div>
      <div class="edit new">
        <div class="text-tools">
          <button
            type="button"
            class="button button-main"
            disabled={busy.value || !ready.value}
            onClick={() => run(false)}
          >
            {editing().newApply}
          </button>
          <button
            type="button"
            class="button"
            disabled={busy.value || !ready.value}
            onClick={() => run(true)}
          >
            {editing().newTry}
          </button>
          <label class="new-space">
            <span>{editing().newNamespace}</span>
            <input
              class="input mono"
              type="text"
              placeholder="default"
              autocomplete="off"
              spellcheck={false}
              value={space.value}
              onInput={(event) => {
                space.value = event.currentTarget.value;
              }}
            />
          </label>
          {conflicting && (
            <Check
              label={editing().newForce}
              checked={force.value}
              onChange={(on) => {
                force.value = on;
              }}
            />
          )}
        </div>
        {text.value === '' && <p class="edit-note">{editing().newHint}</p>}
        {failed.value && <ErrorBox slim failed={editing().newFailed} error={failed.value} />}
        <Editor
          label={editing().newLabel}
          value={text.value}
          faults={read.value.faults}
          readOnly={busy.value}
          onInput={(next) => {
            text.value = next;
          }}
          onSubmit={() => run(true)}
        />
        {done.value && <Outcomes cluster={cluster} done={done.value} />}
      </div>
    </div>
  );
}

function Outcomes({ cluster, done }: { cluster: string; done: Done }) {
  const { dry, outcomes } = done;
  const good = outcomes.filter((outcome) => !outcome.error).length;
  return (
    <section class="outcomes" aria-label={editing().newOutcomes}>
      <p role="status">
        <strong>{dry ? editing().newTried : editing().newDone(good, outcomes.length)}</strong>
      </p>
      <States>
        {outcomes.map((outcome, index) => (
          <State
            key={index}
            mark={outcome.error ? 'bad' : 'ok'}
            name={`${outcome.kind} ${outcome.name}`}
            mono
            word={wordOf(outcome, dry)}
            aside={outcome.namespace}
            time={!dry && !outcome.error && <OpenLink cluster={cluster} outcome={outcome} />}
            message={messageOf(outcome)}
          />
        ))}
      </States>
    </section>
  );
}

function wordOf({ status, error }: Outcome, dry: boolean): string {
  if (error) return error.code || `HTTP ${status}`;
  if (dry) return status === 201 ? editing().wouldCreate : editing().wouldConfigure;
  return status === 201 ? editing().created : editing().configured;
}

function messageOf({ error, warnings }: Outcome): string {
  if (!error) return warnings.join(' ');
  const conflicts = conflictsOf(error.causes);
  if (conflicts.length === 0) return error.message;
  return conflicts.map(({ field, owner }) => `${field} ${editing().ownedBy(owner)}`).join('; ');
}

function OpenLink({ cluster, outcome }: { cluster: string; outcome: Outcome }) {
  const { apiVersion, kind, name, namespace } = outcome;
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const resource = openResources.value.find((other) => other.kind === kind && other.group === group);
  if (!resource) return null;
  const namespaces = resource.namespaced && namespace ? [namespace] : [];
  return (
    <a
      href={listHref({
        cluster,
        kind: resource.type,
        namespaces,
        open: openKey(namespace || undefined, name),
      })}
    >
      {t().open}
    </a>
  );
}
