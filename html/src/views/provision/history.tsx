// Every run of a cluster that is kept, the newest first.
import { useEffect, useMemo } from 'preact/hooks';
import { type Run, runs } from '../../api/provision';
import { Query } from '../../api/query';
import { duration } from '../../lib/age';
import { now } from '../../lib/media';
import { navigate, to, type ViewOf } from '../../router';
import { provisioning } from '../../texts/provision';
import { QueryList } from '../../ui/list';
import { Status } from '../../ui/mark';
import { ageColumn, linkColumn, textColumn } from '../../ui/table/columns';
import { type Column, Table } from '../../ui/table/table';
import { markOf, tookOf } from './states';
import { changesOf, messageText, statusText } from './words';

const WATCH_MS = 5_000;

export function RunHistory({ view }: { view: ViewOf<'provisioned'> }) {
  const { name } = view;
  const query = useMemo(() => new Query((signal) => runs(name, signal)), [name]);
  useEffect(() => {
    query.load();
    const timer = setInterval(() => document.visibilityState === 'visible' && query.load(), WATCH_MS);
    return () => {
      clearInterval(timer);
      query.cancel();
    };
  }, [query]);
  const texts = provisioning();
  const rows = query.data.value?.items;
  return (
    <QueryList
      query={query}
      title={texts.clusterParts.runs}
      all={rows?.length}
      shown={rows?.length ?? 0}
      failed={texts.runsFailed}
      old={texts.runsOld}
      waiting={texts.waitingRuns}
      none={texts.noRuns}
      noneWhy={texts.noRunsWhy}
      onShowAll={() => undefined}
    >
      <Table
        label={texts.runsLabel(name)}
        main
        columns={columnsOf(name, rows ?? [])}
        rows={rows ?? []}
        rowKey={({ run }) => run}
        onOpen={({ run }) => navigate(to('provision-run', { name, run }))}
        stale={query.error.value !== undefined}
      />
    </QueryList>
  );
}

function columnsOf(name: string, rows: readonly Run[]): Column<Run>[] {
  const texts = provisioning();
  const titles = texts.facts;
  return [
    linkColumn<Run>({
      id: 'op',
      title: titles.op,
      rows,
      of: ({ op }) => texts.ops[op],
      least: 14,
      most: 24,
      face: 'sans',
      href: ({ run }) => to('provision-run', { name, run }),
    }),
    {
      id: 'status',
      title: texts.columns.state,
      chars: 22,
      least: 21,
      face: 'sans',
      keep: true,
      cell: (run) => <Status mark={markOf(run)} word={statusText(run)} />,
    },
    textColumn<Run>({
      id: 'changes',
      title: titles.changes,
      rows,
      of: changesOf,
      least: 30,
      most: 40,
      face: 'sans',
    }),
    textColumn<Run>({
      id: 'message',
      title: titles.message,
      rows,
      of: messageText,
      least: 12,
      most: 60,
      face: 'sans',
    }),
    textColumn<Run>({
      id: 'by',
      title: titles.by,
      rows,
      of: ({ created_by }) => created_by ?? '',
      least: 11,
      most: 24,
    }),
    {
      id: 'took',
      title: titles.took,
      chars: 8,
      align: 'end',
      cell: (run) => {
        const took = tookOf(run, now.value);
        return took === undefined ? '' : duration(took);
      },
    },
    ageColumn<Run>('age', texts.columns.age, ({ created_at }) => created_at ?? undefined),
  ];
}
