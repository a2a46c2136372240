// Several jobs at once: deleted in one request, or run again one by one; what became of each is said.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { type ApiError, toApiError } from '../../api/error';
import { deleteJobs, type Job, rerun } from '../../api/jobs';
import { rowKey } from '../../api/list';
import type { TableRow } from '../../api/types';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error';
import { Icon } from '../../ui/icons';
import { Names } from '../../ui/names';
import { State, States } from '../../ui/states';
import { JobLink } from './detail';
import '../../styles/jobs.css';

export interface BatchProps {
  cluster: string;
  /** The rows that are chosen. */
  rows: readonly TableRow[];
  onChoose(keys: ReadonlySet<string>): void;
}

interface Outcome {
  row: TableRow;
  /** The job that was made. */
  made?: Job;
  error?: ApiError;
}

type Deed = 'delete' | 'rerun';

interface Work {
  deed: Deed;
  rows: readonly TableRow[];
  /** Not before it was said that it is meant. */
  begun: boolean;
  busy: boolean;
  outcomes: readonly Outcome[];
  error?: ApiError;
}

const AT_ONCE = 4;

/** Calls for all, a few at a time; tells of each as it ends. */
async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function deleteAll(cluster: string, rows: readonly TableRow[]): Promise<Outcome[]> {
  const names = rows.map(({ name, namespace = '' }) => ({ job_name: name, namespace }));
  const errors = await deleteJobs(cluster, names);
  return rows.map((row, index) => ({ row, error: errors[index] }));
}

async function rerunOne(cluster: string, row: TableRow): Promise<Outcome> {
  try {
    return { row, made: await rerun(cluster, row.namespace ?? '', row.name) };
  } catch (error) {
    return { row, error: toApiError(error) };
  }
}

export function JobBatch({ cluster, rows, onChoose }: BatchProps) {
  const work = useSignal<Work | undefined>(undefined);
  const change = (more: Partial<Work>) => {
    if (work.peek()) work.value = { ...(work.peek() as Work), ...more };
  };

  function ask(deed: Deed): void {
    work.value = { deed, rows, begun: false, busy: false, outcomes: [] };
    if (deed === 'rerun') begin();
  }

  async function begin(): Promise<void> {
    const now = work.peek();
    if (!now || now.busy) return;
    change({ begun: true, busy: true, error: undefined });
    try {
      if (now.deed === 'delete') change({ outcomes: await deleteAll(cluster, now.rows) });
      else {
        await forEach(now.rows, async (row) => {
          const outcome = await rerunOne(cluster, row);
          change({ outcomes: [...(work.peek()?.outcomes ?? []), outcome] });
        });
      }
      // What did not work stays chosen, to be tried again.
      const failed = work.peek()?.outcomes.filter(({ error }) => error) ?? [];
      onChoose(new Set(failed.map(({ row }) => rowKey(row))));
    } catch (error) {
      change({ error: toApiError(error) });
    } finally {
      change({ busy: false });
    }
  }

  const texts = jobTexts();
  const open = work.value;
  return (
    <>
      {rows.length > 0 && (
        <div class="strip batch">
          <button
            type="button"
            class="button button-icon"
            aria-label={texts.chooseNone}
            title={texts.chooseNone}
            onClick={() => onChoose(new Set())}
          >
            <Icon name="close" />
          </button>
          <span role="status">{texts.chosen(rows.length)}</span>
          <button type="button" class="button" title={texts.rerunTip} onClick={() => ask('rerun')}>
            {texts.rerunChosen(rows.length)}
          </button>
          <button type="button" class="button" onClick={() => ask('delete')}>
            {texts.deleteChosen(rows.length)}
          </button>
        </div>
      )}
      {open && (
        <BatchDialog
          cluster={cluster}
          work={open}
          onBegin={begin}
          onClose={() => {
            if (!open.busy) work.value = undefined;
          }}
        />
      )}
    </>
  );
}

interface BatchDialogProps {
  cluster: string;
  work: Work;
  onBegin(): void;
  onClose(): void;
}

function BatchDialog({ cluster, work, onBegin, onClose }: BatchDialogProps) {
  const texts = jobTexts();
  const { deed, rows, begun, busy, outcomes, error } = work;
  const asking = !begun || error !== undefined;
  const title = deed === 'delete' ? texts.deleteManyTitle(rows.length) : texts.rerunMany(rows.length);
  const good = outcomes.filter((outcome) => !outcome.error).length;
  return (
    <Dialog label={title} onClose={onClose}>
      <div class="form">
        <h2>{title}</h2>
        {deed === 'delete' && asking && (
          <Names
            title={texts.deleteManyEffect}
            names={rows.map(({ name, namespace }) => `${namespace}/${name}`)}
          />
        )}
        {error && <ErrorBox failed={texts.batchFailed} error={error} />}
        {begun && !error && (
          <>
            <p role="status">
              {busy ? texts.batchBusy(outcomes.length, rows.length) : texts.batchDone(good, rows.length)}
            </p>
            {busy && <progress max={rows.length} value={outcomes.length} aria-label={title} />}
            <div class="batch-outcomes">
              <States>
                {outcomes.map((outcome) => (
                  <OutcomeState
                    key={rowKey(outcome.row)}
                    cluster={cluster}
                    outcome={outcome}
                    onFollow={onClose}
                  />
                ))}
              </States>
            </div>
          </>
        )}
        <div class="dialog-actions">
          <button type="button" class="button" disabled={busy} onClick={onClose}>
            {asking ? t().cancel : t().close}
          </button>
          {asking && (
            <button
              type="button"
              class={deed === 'delete' ? 'button button-danger' : 'button button-main'}
              disabled={busy}
              onClick={onBegin}
            >
              {deed === 'delete' ? texts.deleteMany(rows.length) : texts.rerunMany(rows.length)}
            </button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

interface OutcomeProps {
  cluster: string;
  outcome: Outcome;
  onFollow(): void;
}

function OutcomeState({ cluster, outcome, onFollow }: OutcomeProps): ComponentChildren {
  const { row, made, error } = outcome;
  return (
    <State
      mark={error ? 'bad' : 'ok'}
      name={`${row.namespace}/${row.name}`}
      mono
      word={error ? error.code || `HTTP ${error.status}` : made ? undefined : jobTexts().deleted}
      aside={made && <JobLink cluster={cluster} job={made} onFollow={onFollow} />}
      message={error?.message}
    />
  );
}
