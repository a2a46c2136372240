// One object: summary, text, events. Read through the byte-true proxy, so it is what the API server says.
import { useComputed } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import * as gateway from '../../api/gateway';
import type { ListLoader } from '../../api/list';
import { Query } from '../../api/query';
import type { Resource } from '../../api/types';
import type { KindColumn } from '../../kinds/columns';
import { useKeys } from '../../lib/keys';
import { covering } from '../../lib/media';
import { onReading } from '../../lib/refresh';
import { type ListView, patchList } from '../../router';
import { t } from '../../texts';
import { ErrorBox } from '../../ui/error';
import { Icon } from '../../ui/icons';
import { Tabs } from '../../ui/tabs';
import { Waiting } from '../../ui/waiting';
import { Events } from './events';
import { openKey, splitKey } from './source';
import { Summary } from './summary';
import { Text } from './text';

interface DrawerProps {
  view: ListView;
  resource: Resource;
  columns: readonly KindColumn[];
  loader: ListLoader;
  onClose(): void;
}

export function Drawer({ view, resource, columns, loader, onClose }: DrawerProps) {
  const { namespace, name } = splitKey(view.open);
  const element = useRef<HTMLElement>(null);
  const path = gateway.objectPath(view.cluster, resource, namespace, name);
  const query = useMemo(() => new Query((signal) => gateway.object(path, signal)), [path]);
  const row = useComputed(() =>
    loader.rows.value.find((other) => openKey(other.namespace, other.name) === view.open),
  );

  useEffect(() => {
    query.load();
    const stop = onReading(loader, () => query.load());
    return () => {
      stop();
      query.cancel();
    };
  }, [query, loader]);
  useEffect(() => element.current?.focus(), []);

  const hasEvents = resource.plural !== 'events';
  const tabs = [
    { id: 'summary', label: t().tabs.summary },
    { id: 'yaml', label: t().tabs.yaml },
    ...(hasEvents ? [{ id: 'events', label: t().tabs.events }] : []),
  ];
  const tab = tabs.some((other) => other.id === view.tab) ? view.tab : 'summary';
  const openTab = (id: string) => patchList({ tab: id === 'summary' ? '' : id });
  useKeys(
    tabs.map((other, index) => ({
      keys: String(index + 1),
      label: other.label,
      run: () => openTab(other.id),
    })),
  );

  const object = query.data.value;
  const error = query.error.value;
  const gone = error?.status === 404 && object !== undefined;
  return (
    <aside class="drawer" aria-label={t().detailOf(resource.kind, name)} ref={element} tabIndex={-1}>
      <div class="drawer-head">
        <div class="drawer-title">
          <p>
            {resource.kind}
            {namespace && <span class="mono"> · {namespace}</span>}
          </p>
          <h2 class="mono" aria-level={covering.value ? 1 : 2}>
            {name}
          </h2>
        </div>
        <button
          type="button"
          class="button button-icon"
          aria-label={t().close}
          title={t().close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <Tabs label={t().detailOf(resource.kind, name)} tabs={tabs} open={tab} onOpen={openTab}>
        {error && (
          <ErrorBox
            slim={object !== undefined}
            failed={gone ? t().objectGone(name) : t().objectFailed(name)}
            error={error}
            actions={
              <button type="button" class="button" onClick={() => query.load()}>
                {t().tryAgain}
              </button>
            }
          />
        )}
        {tab === 'events' && (
          <Events cluster={view.cluster} kind={resource.kind} namespace={namespace} name={name} />
        )}
        {tab !== 'events' && !object && !error && (
          <Waiting what={t().waitingObject(name)} onCancel={() => query.cancel()} />
        )}
        {tab === 'summary' && object && (
          <Summary
            object={object}
            row={row.value}
            columns={columns}
            view={view}
            stale={error !== undefined}
          />
        )}
        {tab === 'yaml' && object && <Text object={object} />}
      </Tabs>
    </aside>
  );
}
