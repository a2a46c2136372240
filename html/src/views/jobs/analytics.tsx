// How often jobs succeed and how long they take, group by group, all durations on one scale.
import { useMemo } from 'preact/hooks';
import type { Analytics, Group } from '../../api/jobs';
import type { Query } from '../../api/query';
import { exact } from '../../lib/age';
import { count, longest } from '../../lib/format';
import { narrow } from '../../lib/media';
import { patch, to, type ViewOf } from '../../router';
import { locale, t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { QueryList } from '../../ui/list';
import { Mark } from '../../ui/mark';
import { matches, parseFilter } from '../../ui/table/filter';
import { formatSort, parseSort, type SortKey, sorted } from '../../ui/table/sort';
import { type Column, Table } from '../../ui/table/table';
import { seconds } from './states';

interface AnalyticsProps {
  view: ViewOf<'runs'>;
  query: Query<Analytics>;
  where: string;
  by: 'name' | 'namespace' | 'template';
}

export function AnalyticsPanel({ view, query, where, by }: AnalyticsProps) {
  const data = query.data.value;
  const { words } = useMemo(() => parseFilter(view.filter), [view.filter]);
  const sort = parseSort(view.sort);
  const rows = useMemo(() => {
    const found = (data?.groups ?? []).filter((group) => matches(nameOf(group).toLowerCase(), words));
    const key = sort && KEYS[sort.id];
    return key ? sorted(found, key, sort.descending) : found;
  }, [data, words, view.sort]);
  const columns = useMemo(() => columnsOf(view, by, data?.groups ?? []), [view, by, data, narrow.value, t()]);
  return (
    <>
      {data?.partial && (
        <div class="strip strip-warn" role="status">
          <Mark mark="bad" />
          <span class="strip-text">{jobTexts().analyticsPartial(exact(data.since, locale()))}</span>
        </div>
      )}
      <QueryList
        query={query}
        title={jobTexts().groups}
        all={data?.groups.length}
        shown={rows.length}
        failed={jobTexts().analyticsFailed(where)}
        old={jobTexts().historyOld}
        waiting={jobTexts().waitingHistory(where)}
        none={jobTexts().noHistory}
        noneWhy={jobTexts().noHistoryWhy}
        onShowAll={() => patch('runs', { filter: '' })}
      >
        <Table
          label={jobTexts().analyticsOf(where)}
          main
          columns={columns}
          rows={rows}
          rowKey={(group) => group.key ?? ''}
          sort={sort}
          onSort={(next) => patch('runs', { sort: formatSort(next) })}
          stale={query.error.value !== undefined}
          topic={`${by} ${view.since} ${view.filter} ${view.sort}`}
        />
      </QueryList>
    </>
  );
}

function nameOf({ key }: Group): string {
  return key ?? jobTexts().noTemplate;
}

const KEYS: Record<string, (group: Group) => SortKey> = {
  name: nameOf,
  runs: (group) => group.runs,
  failed: (group) => group.failed,
  success: (group) => group.success_rate ?? -1,
  p50: (group) => group.duration_seconds?.p50 ?? -1,
  p95: (group) => group.duration_seconds?.p95 ?? -1,
  longest: (group) => group.duration_seconds?.max ?? -1,
  range: (group) => group.duration_seconds?.p95 ?? -1,
};

/** Whole percents, but never 100 for what is less and never 0 for what is more. */
export function percent(rate: number): string {
  const whole = Math.round(rate * 100);
  if (whole === 100 && rate < 1) return '99+ %';
  return whole === 0 && rate > 0 ? '<1 %' : `${whole} %`;
}

function columnsOf(
  view: ViewOf<'runs'>,
  by: AnalyticsProps['by'],
  groups: readonly Group[],
): Column<Group>[] {
  const texts = jobTexts();
  const most = Math.max(0, ...groups.map((group) => group.duration_seconds?.max ?? 0));
  const duration = (id: string, title: string, of: (group: Group) => number | undefined): Column<Group> => ({
    id,
    title,
    chars: 8,
    align: 'end',
    cell: (group) => seconds(of(group)),
  });
  return [
    {
      id: 'name',
      title: texts.by[by],
      chars: longest(groups.map(nameOf), 20, 56),
      least: 16,
      keep: true,
      flexible: true,
      cell: (group) =>
        group.key === null ? (
          <span class="muted">{nameOf(group)}</span>
        ) : (
          <a
            class="row-link"
            href={to('runs', {
              cluster: view.cluster,
              since: view.since,
              ...(by === 'namespace' ? { namespace: group.key } : { filter: group.key }),
            })}
          >
            {group.key}
          </a>
        ),
      whole: nameOf,
    },
    { id: 'runs', title: texts.runs, chars: 6, align: 'end', keep: true, cell: (group) => count(group.runs) },
    {
      id: 'failed',
      title: texts.failedRuns,
      chars: 7,
      align: 'end',
      cell: (group) => <span class={group.failed > 0 ? 'bad' : undefined}>{count(group.failed)}</span>,
    },
    {
      id: 'success',
      title: texts.success,
      chars: 16,
      narrowChars: 10,
      keep: true,
      align: 'end',
      cell: (group) => <Success rate={group.success_rate} />,
    },
    duration('p50', texts.median, (group) => group.duration_seconds?.p50),
    duration('p95', texts.p95, (group) => group.duration_seconds?.p95),
    duration('longest', texts.longest, (group) => group.duration_seconds?.max),
    {
      id: 'range',
      title: texts.range(seconds(most)),
      chars: 34,
      least: 20,
      cell: (group) => <Range group={group} most={most} />,
    },
  ];
}

function Success({ rate }: { rate: number | null }) {
  if (rate === null) return null;
  return (
    <span class={rate < 1 ? 'success success-less' : 'success'}>
      {!narrow.value && <meter min={0} max={1} value={rate} aria-hidden="true" />}
      <span>{percent(rate)}</span>
    </span>
  );
}

const WIDTH = 200;

/** From the shortest to the longest as a line, up to the 95th of a hundred as a bar, the median as a stroke. */
function Range({ group, most }: { group: Group; most: number }) {
  const spread = group.duration_seconds;
  if (!spread || most === 0) return null;
  const at = (value: number) => Math.round((value / most) * WIDTH);
  const { min, p50, p95, max } = spread;
  return (
    <svg
      class="range"
      viewBox={`0 0 ${WIDTH} 12`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <title>{jobTexts().rangeTip(seconds(min), seconds(p50), seconds(p95), seconds(max))}</title>
      <path class="range-line" d={`M${at(min)} 6H${Math.max(at(max), at(min) + 1)}`} />
      <path class="range-bar" d={`M${at(min)} 2H${Math.max(at(p95), at(min) + 2)}V10H${at(min)}Z`} />
      <path class="range-median" d={`M${Math.min(at(p50), WIDTH - 1)} 0V12`} />
    </svg>
  );
}
