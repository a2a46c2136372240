// Finished jobs as rows, the last one first.
import { useMemo } from 'preact/hooks';
import type { Job } from '../../api/jobs';
import type { Query } from '../../api/query';
import { SEVERITY } from '../../kinds/health';
import { href, patch, type ViewOf } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { QueryList } from '../../ui/list';
import { Status } from '../../ui/mark';
import { ageColumn, linkColumn, textColumn } from '../../ui/table/columns';
import { matches, parseFilter } from '../../ui/table/filter';
import { formatSort, parseSort, type SortKey, sorted } from '../../ui/table/sort';
import { type Column, Table } from '../../ui/table/table';
import { keyOf, type More, type Runs } from './runs';
import { STATE_MARKS, seconds } from './states';

interface HistoryProps {
  view: ViewOf<'runs'>;
  query: Query<Runs>;
  where: string;
  more: More;
}

export function HistoryTable({ view, query, where, more }: HistoryProps) {
  const all = query.data.value?.items;
  const { words } = useMemo(() => parseFilter(view.filter), [view.filter]);
  const sort = parseSort(view.sort);
  const rows = useMemo(() => {
    const found =
      words.length === 0 ? (all ?? []) : (all ?? []).filter((job) => matches(haystack(job), words));
    const key = sort && KEYS[sort.id];
    return key ? sorted(found, key, sort.descending) : found;
  }, [all, words, view.sort]);
  const columns = useMemo(() => columnsOf(view, all ?? []), [view, all, t()]);
  return (
    <>
      <QueryList
        query={query}
        title={t().jobHistory}
        all={all?.length}
        shown={rows.length}
        failed={jobTexts().historyFailed(where)}
        old={jobTexts().historyOld}
        waiting={jobTexts().waitingHistory(where)}
        none={jobTexts().noHistory}
        noneWhy={jobTexts().noHistoryWhy}
        first={
          view.namespace !== '' && (
            <button type="button" class="button button-main" onClick={() => patch('runs', { namespace: '' })}>
              {t().allNamespaces}
            </button>
          )
        }
        onShowAll={() => patch('runs', { filter: '' })}
      >
        <Table
          label={jobTexts().historyOf(where)}
          main
          columns={columns}
          rows={rows}
          rowKey={keyOf}
          chosen={view.open}
          onOpen={(job) => patch('runs', { open: keyOf(job) }, 'push')}
          sort={sort}
          onSort={(next) => patch('runs', { sort: formatSort(next) })}
          stale={query.error.value !== undefined}
          topic={`${view.namespace} ${view.state} ${view.since} ${view.filter} ${view.sort}`}
        />
      </QueryList>
      {more.there && (
        <div class="strip">
          <span class="strip-text">{jobTexts().moreRuns}</span>
          <button type="button" class="button" disabled={more.busy} onClick={more.load}>
            {jobTexts().loadMore}
          </button>
        </div>
      )}
    </>
  );
}

/** When it ended; of one that failed before it began, when that was known. */
export function endOf(job: Job): string | undefined {
  const end = job.conditions.find(
    ({ type, status }) => status === 'True' && /^(Complete|Failed)$/.test(type),
  );
  return job.completion_time ?? end?.last_transition_time ?? job.creation_time ?? undefined;
}

/** "BackoffLimitExceeded"; what is said of it besides is for the detail. */
const reasonOf = ({ failure_reason }: Job) => failure_reason?.split(': ')[0] ?? '';

const templateOf = ({ template }: Job) =>
  template ? jobTexts().versionOf(template.name, template.version) : '';

const KEYS: Record<string, (job: Job) => SortKey> = {
  name: (job) => job.job_name,
  namespace: (job) => job.namespace,
  state: (job) => `${SEVERITY[STATE_MARKS[job.state]]} ${job.state}`,
  reason: (job) => job.failure_reason ?? '',
  duration: (job) => job.duration_seconds ?? -1,
  template: templateOf,
  ended: (job) => -Date.parse(endOf(job) ?? ''),
};

function haystack(job: Job): string {
  const { job_name, namespace, state, failure_reason, cronjob } = job;
  return [job_name, namespace, state, failure_reason ?? '', cronjob ?? '', templateOf(job)]
    .join('\n')
    .toLowerCase();
}

function columnsOf(view: ViewOf<'runs'>, jobs: readonly Job[]): Column<Job>[] {
  const texts = jobTexts();
  const beside = view.open !== '';
  const text = (id: string, title: string, of: (job: Job) => string, least: number, most: number) =>
    textColumn({ id, title, rows: jobs, of, least, most });
  const name = linkColumn<Job>({
    id: 'name',
    title: t().columns.name,
    rows: jobs,
    of: (job) => job.job_name,
    least: 16,
    most: 56,
    href: (job) => href({ ...view, open: keyOf(job) }),
  });
  const state: Column<Job> = {
    id: 'state',
    title: texts.state,
    chars: 14,
    narrowChars: 13,
    face: 'sans',
    keep: true,
    cell: (job) => <Status mark={STATE_MARKS[job.state]} word={texts.states[job.state]} />,
  };
  const ended = ageColumn<Job>('ended', texts.ended, endOf);
  const rest: Column<Job>[] = [
    text('namespace', t().columns.namespace, (job) => job.namespace, 12, 30),
    state,
    { ...text('reason', texts.reason, reasonOf, 12, 36), whole: (job) => job.failure_reason ?? '' },
    {
      id: 'duration',
      title: texts.duration,
      chars: 10,
      align: 'end',
      cell: (job) => seconds(job.duration_seconds),
    },
    text('template', texts.template, templateOf, 10, 30),
  ];
  return beside ? [name, state, ended] : [name, ...rest, ended];
}
