// Jobs that have ended, also those that are gone from the cluster, and what they add up to.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { isAbort, toApiError } from '../../api/error';
import { analytics, history, type Job, type RunsQuery } from '../../api/jobs';
import { Query } from '../../api/query';
import { useChanges } from '../../lib/changes';
import { clusterOf } from '../../lib/gate';
import { narrow } from '../../lib/media';
import { useQuery } from '../../lib/refresh';
import { patch, type ViewOf } from '../../router';
import { NamespacePicker } from '../../shell/namespaces';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { FilterBox } from '../../ui/filter';
import { useListKeys } from '../../ui/list';
import { Segments } from '../../ui/select';
import { Tabs } from '../../ui/tabs';
import { AnalyticsPanel } from './analytics';
import { HistoryTable } from './history';
import { RunDrawer } from './run';
import '../../styles/jobs.css';

export const SINCE = ['1h', '24h', '7d', '30d'] as const;
export const BY = ['name', 'namespace', 'template'] as const;
const ANY = '';
const ENDS = [ANY, 'succeeded', 'failed'] as const;

/** What ends is recorded when its job changes. */
const JOBS = ['jobs.batch'];

export interface Runs {
  items: Job[];
  /** Where the next page begins, when there is one. */
  token: string | undefined;
}

export function RunsPage({ view }: { view: ViewOf<'runs'> }) {
  const { cluster, namespace, state } = view;
  const since = SINCE.find((each) => each === view.since) ?? '24h';
  const by = BY.find((each) => each === view.by) ?? 'name';
  const runs = useMemo(
    () =>
      new Query<Runs>(async (signal) => {
        const page = await history(cluster, { namespace, state, since }, signal);
        return { items: page.items, token: page.continue || undefined };
      }),
    [cluster, namespace, state, since],
  );
  const sums = useMemo(
    () => new Query((signal) => analytics(cluster, by, since, signal)),
    [cluster, by, since],
  );
  const shown: Query<unknown> = view.part === 'analytics' ? sums : runs;
  useEffect(() => () => shown.cancel(), [shown]);
  const changes = useChanges(cluster, JOBS, { read: () => shown.renew() }, [shown]);
  useQuery(shown, changes);
  const more = useMore(runs, cluster, { namespace, state, since });

  const { filter, close } = useListKeys('runs', view.open);
  const where = clusterOf(cluster)?.name ?? cluster;
  const texts = jobTexts();
  const chosen =
    view.open === '' || view.part === 'analytics'
      ? undefined
      : runs.data.value?.items.find((job) => keyOf(job) === view.open);
  return (
    <div class={chosen ? 'view view-drawn' : 'view'}>
      <div class="view-list">
        <div class="view-head">
          <h1>{t().jobHistory}</h1>
          <span class="count">{where}</span>
          {narrow.value && <NamespacePicker />}
          <span class="view-space" />
          {view.part === 'history' ? (
            <Segments
              label={texts.endedHow}
              value={ENDS.find((each) => each === view.state) ?? ANY}
              choices={ENDS.map((value) => ({
                value,
                label: value === ANY ? texts.anyEnd : texts.states[value],
              }))}
              onChange={(next) => patch('runs', { state: next, open: '' })}
            />
          ) : (
            <Segments
              label={texts.groupBy}
              value={by}
              choices={BY.map((value) => ({ value, label: texts.by[value] }))}
              onChange={(next) => patch('runs', { by: next === 'name' ? '' : next })}
            />
          )}
          <Segments
            label={texts.since}
            value={since}
            choices={SINCE.map((value) => ({ value, label: texts.sinces[value] }))}
            onChange={(next) => patch('runs', { since: next === '24h' ? '' : next, open: '' })}
          />
          <FilterBox
            value={view.filter}
            input={filter}
            placeholder={texts.filterPlaceholder}
            onInput={(text) => patch('runs', { filter: text })}
          />
        </div>
        <Tabs
          label={t().jobHistory}
          tabs={[
            { id: 'history', label: texts.finished },
            { id: 'analytics', label: texts.analytics },
          ]}
          open={view.part}
          onOpen={(id) =>
            patch('runs', { part: id === 'analytics' ? 'analytics' : 'history', open: '', sort: '' }, 'push')
          }
        >
          {view.part === 'analytics' ? (
            <AnalyticsPanel view={view} query={sums} where={where} by={by} />
          ) : (
            <HistoryTable view={view} query={runs} where={where} more={more} />
          )}
        </Tabs>
      </div>
      {chosen && <RunDrawer key={view.open} cluster={cluster} job={chosen} onClose={close} />}
    </div>
  );
}

/** A name may be used again, so when it was made belongs to what a run is known by. */
export function keyOf({ namespace, job_name, creation_time }: Job): string {
  return `${namespace}/${job_name}/${creation_time ?? ''}`;
}

export interface More {
  there: boolean;
  busy: boolean;
  load(): void;
}

/** The next page, put behind what has been read. */
function useMore(runs: Query<Runs>, cluster: string, wanted: RunsQuery): More {
  const busy = useSignal(false);
  const token = runs.data.value?.token;
  return {
    there: token !== undefined,
    busy: busy.value,
    async load() {
      if (busy.peek() || token === undefined) return;
      busy.value = true;
      try {
        const page = await history(cluster, { ...wanted, token });
        const now = runs.data.peek();
        if (now?.token !== token) return; // it has been read anew meanwhile
        runs.data.value = { items: [...now.items, ...page.items], token: page.continue || undefined };
      } catch (error) {
        if (!isAbort(error)) runs.error.value = toApiError(error);
      } finally {
        busy.value = false;
      }
    },
  };
}
