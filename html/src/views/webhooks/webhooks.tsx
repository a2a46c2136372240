// The webhooks: who is told of which changes of jobs, and how that goes.
import { useMemo, useRef } from 'preact/hooks';
import { type Webhook, webhooks } from '../../api/jobs';
import { Query } from '../../api/query';
import { clock, exact } from '../../lib/age';
import { count } from '../../lib/format';
import { clusterOf } from '../../lib/gate';
import { useKeys } from '../../lib/keys';
import { REFRESH_MS, useFreshness } from '../../lib/refresh';
import { patch, to, type ViewOf } from '../../router';
import { locale, t } from '../../texts';
import { hooks } from '../../texts/hooks';
import { Age } from '../../ui/age';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { FilterBox } from '../../ui/filter';
import { Icon } from '../../ui/icons';
import { Status } from '../../ui/mark';
import { matches, parseFilter } from '../../ui/table/filter';
import { type Column, Table } from '../../ui/table/table';
import { Waiting } from '../../ui/waiting';
import { HookDrawer } from './drawer';
import '../../styles/jobs.css';

export function WebhooksPage({ view }: { view: ViewOf<'webhooks'> }) {
  const query = useMemo(() => new Query(webhooks), []);
  const freshness = useMemo(
    () => ({
      asOf: query.asOf,
      error: query.error,
      busy: query.loading,
      load: () => query.load(),
      interval: () => REFRESH_MS,
    }),
    [query],
  );
  useFreshness(freshness);
  const close = () => {
    patch('webhooks', { open: '' }, 'push');
    document.querySelector<HTMLElement>('.main .table')?.focus();
  };
  const filter = useRef<HTMLInputElement>(null);
  useKeys([
    { keys: '/', label: t().keys.filter, run: () => filter.current?.select() },
    ...(view.open === '' ? [] : [{ keys: 'Escape', label: t().keys.close, run: close }]),
  ]);
  const all = query.data.value?.items;
  const error = query.error.value;
  const asOf = query.asOf.value;
  const { words } = parseFilter(view.filter);
  const rows = (all ?? []).filter((hook) =>
    matches([hook.url, eventsOf(hook), clustersOf(hook), spacesOf(hook)].join('\n').toLowerCase(), words),
  );
  const chosen = all?.find(({ id }) => id === view.open);
  return (
    <div class={view.open === '' ? 'view' : 'view view-drawn'}>
      <div class="view-list">
        <div class="view-head">
          <h1>{t().webhooks}</h1>
          {all && <span class="count">{count(rows.length)}</span>}
          <span class="view-space" />
          {all && all.length > 0 && (
            <FilterBox
              value={view.filter}
              input={filter}
              placeholder={hooks().filterPlaceholder}
              onInput={(text) => patch('webhooks', { filter: text })}
            />
          )}
          <a class="button button-main" href="/webhooks/new">
            <Icon name="plus" />
            {t().newWebhook}
          </a>
        </div>
        {error && (
          <ErrorBox
            slim={all !== undefined}
            failed={asOf === undefined ? hooks().listFailed : hooks().listOld(clock(asOf))}
            error={error}
            needs={hooks().needsAdmin}
            actions={
              <button
                type="button"
                class="button"
                disabled={query.loading.value}
                onClick={() => query.load()}
              >
                {t().tryAgain}
              </button>
            }
          />
        )}
        {!all && !error && <Waiting what={hooks().waiting} onCancel={() => query.cancel()} />}
        {all?.length === 0 && (
          <Empty title={hooks().none} why={hooks().noneWhy}>
            <a class="button button-main" href="/webhooks/new">
              {t().newWebhook}
            </a>
          </Empty>
        )}
        {all && all.length > 0 && rows.length === 0 && (
          <Empty title={t().noneMatch(t().webhooks)} why={t().noneMatchWhy(count(all.length))}>
            <button
              type="button"
              class="button button-main"
              onClick={() => patch('webhooks', { filter: '' })}
            >
              {t().showAll}
            </button>
          </Empty>
        )}
        {rows.length > 0 && (
          <Table
            label={t().webhooks}
            main
            columns={columnsOf(view, rows)}
            rows={rows}
            rowKey={({ id }) => id}
            chosen={view.open}
            onOpen={({ id }) => patch('webhooks', { open: id, tab: '' }, 'push')}
            stale={error !== undefined}
            topic={view.filter}
          />
        )}
      </div>
      {view.open !== '' && all && (
        <HookDrawer
          key={view.open}
          id={view.open}
          hook={chosen}
          tab={view.tab}
          onChanged={() => query.renew()}
          onClose={close}
        />
      )}
    </div>
  );
}

const eventsOf = ({ events }: Webhook) => events.map((event) => hooks().events[event] ?? event).join(', ');
const clustersOf = ({ clusters }: Webhook) =>
  clusters ? clusters.map((id) => clusterOf(id)?.name ?? id).join(', ') : hooks().all;
const spacesOf = ({ namespaces }: Webhook) => namespaces?.join(', ') ?? hooks().all;

const longest = (texts: readonly string[], least: number, most: number) =>
  Math.min(most, Math.max(least, ...texts.map((text) => text.length)));

function columnsOf(view: ViewOf<'webhooks'>, rows: readonly Webhook[]): Column<Webhook>[] {
  const text = (
    id: string,
    title: string,
    most: number,
    of: (hook: Webhook) => string,
    face?: 'sans',
  ): Column<Webhook> => ({
    id,
    title,
    chars: longest(rows.map(of), 12, most),
    least: 12,
    face,
    cell: of,
    whole: of,
  });
  const url: Column<Webhook> = {
    ...text('url', hooks().url, 60, (hook) => hook.url),
    least: 20,
    keep: true,
    flexible: true,
    cell: (hook) => (
      <a class="row-link" href={to('webhooks', { ...view, open: hook.id, tab: '' })} tabIndex={-1}>
        {hook.url}
      </a>
    ),
  };
  const status: Column<Webhook> = {
    id: 'status',
    title: t().columns.status,
    chars: 12,
    face: 'sans',
    keep: true,
    cell: ({ enabled }) => (
      <Status mark={enabled ? 'ok' : 'unknown'} word={enabled ? hooks().enabled : hooks().disabled} />
    ),
  };
  const age: Column<Webhook> = {
    id: 'age',
    title: t().columns.age,
    chars: 7,
    narrowChars: 6,
    align: 'end',
    keep: true,
    cell: (hook) => <Age time={hook.created_at} />,
    whole: (hook) => exact(hook.created_at, locale()),
  };
  if (view.open !== '') return [url, status, age];
  return [
    url,
    status,
    text('events', hooks().eventsTitle, 48, eventsOf, 'sans'),
    text('clusters', t().clusters, 30, clustersOf),
    text('namespaces', hooks().namespaces, 30, spacesOf),
    age,
  ];
}
