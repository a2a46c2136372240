// The one list of all kinds: reads, filters, sorts, shows, and says how true it is.
import { computed, useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { type ListLoader, rowKey } from '../../api/list';
import type { TableRow } from '../../api/types';
import { defaultSort, kindTitle } from '../../kinds';
import { columnsOf, type KindColumn } from '../../kinds/columns';
import { clusterOf, discoveryOf } from '../../lib/gate';
import { useKeys } from '../../lib/keys';
import { now } from '../../lib/media';
import { columnChoices, lastKinds, lastNamespaces } from '../../lib/prefs';
import { REFRESH_MS, useFreshness } from '../../lib/refresh';
import { listHref, navigate, patchList, type ViewOf } from '../../router';
import { t } from '../../texts';
import { lazy } from '../../ui/lazy';
import { matches, parseFilter } from '../../ui/table/filter';
import { formatSort, parseSort, sorted } from '../../ui/table/sort';
import { Table } from '../../ui/table/table';
import { Waiting } from '../../ui/waiting';
import type { BatchProps } from '../jobs/batch';
import { drawn, widthOf } from './columns';
import { ListHead } from './head';
import { ListNotes, ListNothing } from './notes';
import { createLoader, followLive, openKey, resourceOf, tellsTimes } from './source';

/** Kinds of which several can be dealt with at once. */
const BATCHES: Record<string, ComponentType<BatchProps> | undefined> = {
  'jobs.batch': lazy(() => import('../jobs/batch').then((part) => part.JobBatch)),
};

const Drawer = lazy(() => import('./drawer').then((part) => part.Drawer));

export function ListPage({ view }: { view: ViewOf<'list'> }) {
  const { cluster } = view;

  // A cluster opened without a kind opens where it was left, else at its pods.
  useLayoutEffect(() => {
    if (view.kind !== '') return;
    const namespaces = view.namespaces.length > 0 ? view.namespaces : (lastNamespaces.peek()[cluster] ?? []);
    navigate(listHref({ cluster, kind: lastKinds.peek()[cluster] ?? 'pods', namespaces }), 'replace');
  }, [view.kind]);
  useEffect(() => {
    if (view.kind !== '') lastKinds.value = { ...lastKinds.peek(), [cluster]: view.kind };
  }, [view.kind]);

  if (view.kind === '') return null;
  // Chosen namespaces only make sense for namespaced kinds, so those wait for discovery to say which kind this is.
  const discovery = discoveryOf(cluster);
  const settled = discovery.data.value !== undefined || discovery.error.value !== undefined;
  if (!settled && view.namespaces.length > 0) {
    return <Waiting what={t().waitingKinds} onCancel={() => discovery.cancel()} />;
  }
  return <KindList key={view.kind} view={view} />;
}

const ESSENTIAL = new Set<KindColumn['role']>(['name', 'namespace', 'status', 'age']);
const LABELS_MS = 400;

/** Label selectors go to the server, so they wait until typing stops. */
function useSettled(value: string): string {
  const settled = useSignal(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = value;
    }, LABELS_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled.value;
}

function KindList({ view }: { view: ViewOf<'list'> }) {
  const { cluster, kind } = view;
  const resource = resourceOf(cluster, kind);
  const namespaces = resource.namespaced ? view.namespaces : [];
  const filter = parseFilter(view.filter);
  const labels = useSettled(filter.labels);
  const spaces = namespaces.join(',');
  const loader = useMemo(
    () => createLoader(cluster, kind, namespaces, labels),
    [cluster, kind, spaces, labels],
  );
  useEffect(() => () => loader.dispose(), [loader]);
  const freshness = useMemo(
    () => ({
      asOf: loader.asOf,
      error: loader.error,
      busy: computed(() => loader.loading.value !== 'none'),
      load: () => loader.load(),
      live: loader.live,
      liveSince: loader.liveSince,
      interval: () => intervalOf(loader),
    }),
    [loader],
  );
  useFreshness(freshness);
  useEffect(
    () => followLive(loader, resource, { cluster, namespaces, labels }),
    [loader, resource.verbs.includes('watch')],
  );

  const filterInput = useRef<HTMLInputElement>(null);
  const topic = `${kind} ${spaces} ${labels}`;
  const kindColumns = useKindColumns(view, loader, namespaces.length !== 1);
  const status = kindColumns.find((column) => column.mark);
  const isBad = (row: TableRow) => status?.mark?.(row, now.value) === 'bad';

  const all = loader.rows.value;
  const found = filter.words.length === 0 ? all : all.filter((row) => matches(haystack(row), filter.words));
  const unhealthy = status ? all.reduce((sum, row) => sum + (isBad(row) ? 1 : 0), 0) : 0;
  const kept = view.unhealthy && status ? found.filter(isBad) : found;
  const sort = parseSort(view.sort || defaultSort(kind));
  const sortColumn = sort && kindColumns.find((column) => column.id === sort.id);
  const rows = useMemo(
    () => (sort && sortColumn ? sorted(kept, sortColumn.key, sort.descending) : kept),
    [
      all,
      view.filter,
      view.unhealthy,
      view.sort,
      sortColumn?.cell,
      sortColumn?.role,
      view.unhealthy ? now.value : 0,
    ],
  );

  const chosen = columnChoices.value[kind] ?? [];
  // Beside the drawer there is room for what tells rows apart and how they are.
  const beside = view.open !== '';
  const shown = kindColumns.filter(
    (column) => column.byDefault !== chosen.includes(column.id) && (!beside || ESSENTIAL.has(column.role)),
  );
  const widths = useRef<{ topic: string; chars: Record<string, number> }>({ topic: '', chars: {} });
  const columns = useMemo(() => {
    if (widths.current.topic !== topic) widths.current = { topic, chars: {} };
    const { chars } = widths.current;
    const link = (row: TableRow) => listHref({ ...view, open: openKey(row.namespace, row.name) });
    return shown.map((column) => {
      const width = widthOf(column, all, chars[column.id] ?? 0);
      chars[column.id] = width;
      return drawn(column, width, link);
    });
  }, [all, topic, shown.map((column) => column.id).join(), view.open, view.tab, view.filter, view.sort, t()]);

  const open = (row: TableRow) => patchList({ open: openKey(row.namespace, row.name) }, 'push');
  const close = () => {
    patchList({ open: '' }, 'push');
    document.querySelector<HTMLElement>('.main .table')?.focus();
  };
  useKeys([
    { keys: '/', label: t().keys.filter, run: () => filterInput.current?.select() },
    ...(status
      ? [{ keys: 'u', label: t().keys.unhealthy, run: () => patchList({ unhealthy: !view.unhealthy }) }]
      : []),
    ...(view.open === '' ? [] : [{ keys: 'Escape', label: t().keys.close, run: close }]),
  ]);

  const Batch = BATCHES[kind];
  const picked = useSignal<ReadonlySet<string>>(new Set());
  const choose = (keys: ReadonlySet<string>) => {
    picked.value = keys;
  };
  const title = kindTitle(resource);
  const loading = loader.loading.value;
  const failed = loader.error.value;
  const nothing = rows.length === 0;
  const where = clusterOf(cluster)?.name ?? cluster;
  const first =
    loading === 'first' ||
    (loading === 'none' && loader.asOf.value === undefined && !failed && !loader.cancelled.value);
  const changed = loader.changed.value;

  return (
    <div class={view.open === '' ? 'view' : 'view view-drawn'}>
      <div class="view-list">
        <ListHead
          view={view}
          title={title}
          loader={loader}
          shown={rows.length}
          filtered={filter.words.length > 0 || view.unhealthy}
          unhealthy={status ? unhealthy : undefined}
          columns={kindColumns}
          filterInput={filterInput}
        />
        <ListNotes
          loader={loader}
          title={title}
          where={where}
          labels={labels}
          partial={loading === 'first' && filter.words.length > 0}
        />
        {Batch && (
          <Batch
            cluster={cluster}
            rows={rows.filter((row) => picked.value.has(rowKey(row)))}
            onChoose={choose}
          />
        )}
        {nothing && first && (
          <Waiting what={t().waitingList(title, where)} onCancel={() => loader.cancel()} />
        )}
        {nothing && !first && (
          <ListNothing
            view={view}
            loader={loader}
            title={title}
            where={where}
            hidden={all.length}
            resource={resource}
          />
        )}
        {!nothing && (
          <Table
            label={t().tableLabel(title, where)}
            main
            columns={columns}
            rows={rows}
            rowKey={rowKey}
            total={rows.length === all.length ? (loader.total.value ?? all.length) : rows.length}
            chosen={chosenKey(all, view.open)}
            select={
              Batch && { keys: picked.value, onChange: choose, label: (row) => t().selectRow(row.name) }
            }
            onOpen={open}
            sort={sort}
            onSort={(next) => patchList({ sort: formatSort(next) })}
            stale={failed !== undefined}
            topic={`${topic} ${view.filter} ${view.unhealthy} ${view.sort}`}
            changed={(row, column) => {
              const cells = changed.get(rowKey(row));
              if (!cells) return false;
              const place = kindColumns.find((other) => other.id === column)?.cell ?? -1;
              return place >= 0 && cells.has(place);
            }}
          />
        )}
      </div>
      {view.open !== '' && (
        <Drawer
          key={`${kind} ${view.open}`}
          view={view}
          resource={resource}
          columns={kindColumns}
          loader={loader}
          onClose={close}
        />
      )}
    </div>
  );
}

const WATCHED_MS = 10 * 60_000;
const TIMES_MS = 60_000;

/** A list that takes long to read is read less often: at most a fifth of the time. A watched one hardly ever. */
function intervalOf(loader: ListLoader): number {
  const { live, lastDuration } = loader;
  if (live.value !== 'live' && live.value !== 'paused') return Math.max(REFRESH_MS, 5 * lastDuration);
  return tellsTimes(loader) ? Math.max(TIMES_MS, 20 * lastDuration) : WATCHED_MS;
}

const haystacks = new WeakMap<TableRow, string>();

/** Everything of a row that can be seen, in lower case, prepared once. */
function haystack(row: TableRow): string {
  let text = haystacks.get(row);
  if (text === undefined) {
    text = [row.name, row.namespace ?? '', ...row.cells.map(String)].join('\n').toLowerCase();
    haystacks.set(row, text);
  }
  return text;
}

function chosenKey(rows: readonly TableRow[], open: string): string | undefined {
  if (open === '') return undefined;
  const row = rows.find((other) => openKey(other.namespace, other.name) === open);
  return row && rowKey(row);
}

function useKindColumns(view: ViewOf<'list'>, loader: ListLoader, showNamespace: boolean): KindColumn[] {
  const resource = resourceOf(view.cluster, view.kind);
  const columns = loader.columns.value;
  const rows = loader.rows.value;
  // Judged anew when the first rows come and when reading ends, not with every page in between.
  const settled = rows.length === 0 ? 0 : loader.asOf.value === undefined ? 1 : 2;
  return useMemo(
    () => columnsOf(resource, columns, rows, showNamespace),
    [resource, columns, settled, showNamespace],
  );
}
