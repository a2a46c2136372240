// The webhooks: who is told of which changes of jobs, and how that goes.
import { useMemo } from 'preact/hooks';
import { type Webhook, webhooks } from '../../api/jobs';
import { Query } from '../../api/query';
import { clusterOf } from '../../lib/gate';
import { to, type ViewOf } from '../../router';
import { t } from '../../texts';
import { hooks } from '../../texts/hooks';
import { Status } from '../../ui/mark';
import { StorePage } from '../../ui/store';
import { ageColumn, linkColumn, textColumn } from '../../ui/table/columns';
import type { Column } from '../../ui/table/table';
import { HookDrawer } from './drawer';
import '../../styles/jobs.css';

export function WebhooksPage({ view }: { view: ViewOf<'webhooks'> }) {
  const query = useMemo(() => new Query(webhooks), []);
  const texts = hooks();
  return (
    <StorePage
      view={view}
      query={query}
      title={t().webhooks}
      placeholder={texts.filterPlaceholder}
      add={t().newWebhook}
      texts={{
        failed: texts.listFailed,
        old: texts.listOld,
        waiting: texts.waiting,
        none: texts.none,
        noneWhy: texts.noneWhy,
      }}
      needs={texts.needsAdmin}
      idOf={({ id }) => id}
      said={(hook) => [hook.url, eventsOf(hook), clustersOf(hook), spacesOf(hook)].join('\n')}
      columns={(rows) => columnsOf(view, rows)}
      drawer={(all, close) =>
        all && (
          <HookDrawer
            key={view.open}
            id={view.open}
            hook={all.find(({ id }) => id === view.open)}
            tab={view.tab}
            onChanged={() => query.renew()}
            onClose={close}
          />
        )
      }
    />
  );
}

const eventsOf = ({ events }: Webhook) => events.map((event) => hooks().events[event] ?? event).join(', ');
const clustersOf = ({ clusters }: Webhook) =>
  clusters ? clusters.map((id) => clusterOf(id)?.name ?? id).join(', ') : hooks().all;
const spacesOf = ({ namespaces }: Webhook) => namespaces?.join(', ') ?? hooks().all;

function columnsOf(view: ViewOf<'webhooks'>, rows: readonly Webhook[]): Column<Webhook>[] {
  const text = (
    id: string,
    title: string,
    most: number,
    of: (hook: Webhook) => string,
    face?: 'sans',
  ): Column<Webhook> => textColumn({ id, title, rows, of, least: 12, most, face });
  const url = linkColumn<Webhook>({
    id: 'url',
    title: hooks().url,
    rows,
    of: (hook) => hook.url,
    least: 20,
    most: 60,
    href: (hook) => to('webhooks', { ...view, open: hook.id, tab: '' }),
  });
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
  const age = ageColumn<Webhook>('age', t().columns.age, (hook) => hook.created_at);
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
