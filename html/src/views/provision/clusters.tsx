// The clusters that eksgate has made: how each stands, how long its version is supported, what it costs.
import { useMemo, useRef } from 'preact/hooks';
import { type Provisioned, provisioned } from '../../api/provision';
import { Query } from '../../api/query';
import { SEVERITY } from '../../kinds/health';
import { useKeys } from '../../lib/keys';
import { navigate, patch, to, type ViewOf } from '../../router';
import { locale, t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { Age } from '../../ui/age';
import { Icon } from '../../ui/icons';
import { ListHead, QueryList } from '../../ui/list';
import { Status } from '../../ui/mark';
import { linkColumn, textColumn } from '../../ui/table/columns';
import { matches, parseFilter } from '../../ui/table/filter';
import { formatSort, parseSort, type SortKey, sorted } from '../../ui/table/sort';
import { type Column, Table } from '../../ui/table/table';
import { useFresh } from './fresh';
import { RunnerStrip } from './runner';
import { money, stateOf } from './states';
import {
  driftMark,
  driftText,
  lastRunText,
  stateText,
  supportMark,
  supportShort,
  supportText,
} from './words';
import '../../styles/provision.css';

export function ProvisionPage({ view }: { view: ViewOf<'provision'> }) {
  const query = useMemo(() => new Query(provisioned), []);
  useFresh(query, ({ items }) => items.some(({ active }) => active !== null));
  const filter = useRef<HTMLInputElement>(null);
  useKeys([
    { keys: '/', label: t().keys.filter, run: () => filter.current?.select() },
    { keys: 'n', label: t().newCluster, run: () => navigate(to('provision-new')) },
  ]);
  const texts = provisioning();
  const all = query.data.value?.items;
  const { words } = parseFilter(view.filter);
  const found = (all ?? []).filter((cluster) => matches(said(cluster), words));
  const sort = parseSort(view.sort);
  const key = sort && KEYS[sort.id];
  const rows = sorted(found, key ?? first, key !== undefined && sort?.descending === true);
  const add = (
    <a class="button button-main" href={to('provision-new')} title={`${t().newCluster} (n)`}>
      <Icon name="plus" />
      {t().newCluster}
    </a>
  );
  return (
    <div class="view">
      <div class="view-list">
        <ListHead
          title={t().provision}
          all={all?.length}
          shown={rows.length}
          filter={view.filter}
          input={filter}
          placeholder={texts.filterPlaceholder}
          onFilter={(text) => patch('provision', { filter: text })}
          add={add}
        />
        <RunnerStrip />
        <QueryList
          query={query}
          title={t().clusters}
          all={all?.length}
          shown={rows.length}
          failed={texts.listFailed}
          old={texts.listOld}
          waiting={texts.waitingList}
          none={texts.none}
          noneWhy={texts.noneWhy}
          first={add}
          onShowAll={() => patch('provision', { filter: '' })}
        >
          <Table
            label={texts.listLabel}
            main
            columns={columnsOf(rows)}
            rows={rows}
            rowKey={({ cluster_name }) => cluster_name}
            onOpen={({ cluster_name }) => navigate(to('provisioned', { name: cluster_name }))}
            sort={sort}
            onSort={(next) => patch('provision', { sort: formatSort(next) })}
            stale={query.error.value !== undefined}
            topic={view.filter}
          />
        </QueryList>
      </div>
    </div>
  );
}

const KEYS: Record<string, (cluster: Provisioned) => SortKey> = {
  name: ({ cluster_name }) => cluster_name,
  state: (cluster) => `${SEVERITY[stateOf(cluster).mark]} ${stateText(cluster)}`,
  version: ({ kubernetes_version }) => Number((kubernetes_version ?? '').replace(/^1\./, '')),
  support: (cluster) => supportOf(cluster)?.days_left ?? -1,
  region: ({ region }) => region ?? '',
  drift: ({ drift }) => (drift ? Number(drift.found) : -1),
  run: ({ last_run }) => -(Date.parse(last_run?.created_at ?? '') || 0),
  cost: ({ cost }) => cost?.monthly ?? -1,
};

/** What needs somebody stands first, what is gone last. */
function first(cluster: Provisioned): SortKey {
  const { mark, word } = stateOf(cluster);
  return `${word === 'destroyed' ? '9' : SEVERITY[mark]} ${cluster.cluster_name}`;
}

/** Of a cluster that is there. */
function supportOf({ state, support }: Provisioned): Provisioned['support'] {
  return state === 'present' || state === 'partial' ? support : null;
}

function said(cluster: Provisioned): string {
  return [
    cluster.cluster_name,
    cluster.region ?? '',
    cluster.kubernetes_version ?? '',
    stateText(cluster),
    supportText(supportOf(cluster)),
    driftText(cluster.drift),
    lastRunText(cluster),
  ]
    .join('\n')
    .toLowerCase();
}

function columnsOf(rows: readonly Provisioned[]): Column<Provisioned>[] {
  const titles = provisioning().columns;
  const region = textColumn<Provisioned>({
    id: 'region',
    title: t().columns.region,
    rows,
    of: ({ region }) => region ?? '',
    least: 12,
    most: 16,
  });
  return [
    linkColumn<Provisioned>({
      id: 'name',
      title: t().columns.name,
      rows,
      of: ({ cluster_name }) => cluster_name,
      least: 14,
      most: 44,
      href: ({ cluster_name }) => to('provisioned', { name: cluster_name }),
    }),
    {
      id: 'state',
      title: titles.state,
      chars: 24,
      least: 20,
      narrowChars: 21,
      face: 'sans',
      keep: true,
      cell: (cluster) => <Status mark={stateOf(cluster).mark} word={stateText(cluster)} />,
      whole: stateText,
    },
    {
      id: 'version',
      title: t().columns.version,
      chars: 7,
      align: 'end',
      cell: ({ kubernetes_version }) => kubernetes_version,
    },
    {
      id: 'support',
      title: titles.support,
      chars: 22,
      least: 22,
      face: 'sans',
      cell: (cluster) => {
        const support = supportOf(cluster);
        return support && <Status mark={supportMark(support)} word={supportShort(support)} />;
      },
      whole: (cluster) => supportText(supportOf(cluster)),
    },
    region,
    {
      id: 'drift',
      title: titles.drift,
      tip: provisioning().driftTip,
      chars: 17,
      least: 16,
      face: 'sans',
      cell: ({ drift }) =>
        drift ? (
          <Status mark={driftMark(drift)} word={driftText(drift)} />
        ) : (
          <span class="muted">{provisioning().driftNever}</span>
        ),
      whole: ({ drift }) => driftText(drift),
    },
    {
      id: 'run',
      title: titles.lastRun,
      chars: 20,
      least: 15,
      face: 'sans',
      cell: ({ last_run }) =>
        last_run && (
          <>
            {provisioning().ops[last_run.op]}{' '}
            <span class="muted">
              <Age time={last_run.created_at ?? undefined} />
            </span>
          </>
        ),
      whole: lastRunText,
    },
    {
      id: 'cost',
      title: titles.cost,
      tip: provisioning().costTip,
      chars: 11,
      align: 'end',
      cell: ({ cost }) => cost && money(cost.monthly, cost.currency, locale()),
    },
  ];
}
