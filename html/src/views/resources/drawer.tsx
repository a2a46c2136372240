// One object: summary, text, events. Read through the byte-true proxy, so it is what the API server says.
import { computed, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import * as gateway from '../../api/gateway';
import type { ListLoader } from '../../api/list';
import { Query } from '../../api/query';
import type { Resource } from '../../api/types';
import type { KindColumn } from '../../kinds/columns';
import { clock } from '../../lib/age';
import { useKeys } from '../../lib/keys';
import { onChange, REFRESH_MS } from '../../lib/refresh';
import { patchList, type ViewOf } from '../../router';
import { t } from '../../texts';
import { detail } from '../../texts/object';
import { ChangeButtons, DrawerFrame } from '../../ui/drawer';
import { ErrorBox } from '../../ui/error';
import { lazy } from '../../ui/lazy';
import { Mark } from '../../ui/mark';
import { Waiting } from '../../ui/waiting';
import { Events } from './events';
import { EXTRAS } from './extras';
import { openKey, splitKey } from './source';
import { Summary } from './summary';
import { Text } from './text';

const Logs = lazy(() => import('../logs/logs').then((part) => part.Logs));
const Edit = lazy(() => import('../edit/edit').then((part) => part.Edit));
const Remove = lazy(() => import('../edit/remove').then((part) => part.Remove));

interface DrawerProps {
  view: ViewOf<'list'>;
  resource: Resource;
  columns: readonly KindColumn[];
  loader: ListLoader;
  onClose(): void;
}

export function Drawer({ view, resource, columns, loader, onClose }: DrawerProps) {
  const { namespace, name } = splitKey(view.open);
  const path = gateway.objectPath(view.cluster, resource, namespace, name);
  const query = useMemo(() => new Query((signal) => gateway.object(path, signal)), [path]);
  const row = useMemo(
    () =>
      computed(() => loader.rows.value.find((other) => openKey(other.namespace, other.name) === view.open)),
    [loader, view.open],
  );

  useEffect(() => {
    query.load();
    const stop = onChange(row, () => query.renew());
    // Of what is not in the list, nobody says when it changes.
    const timer = setInterval(() => {
      if (row.peek() === undefined && document.visibilityState === 'visible') query.load();
    }, REFRESH_MS);
    return () => {
      stop();
      clearInterval(timer);
      query.cancel();
    };
  }, [query, row]);

  const isPod = resource.type === 'pods';
  const hasEvents = resource.plural !== 'events';
  const { Summary: ExtraSummary, Actions: ExtraActions, tab: extraTab } = EXTRAS[resource.type] ?? {};
  const tabs = [
    { id: 'summary', label: detail().tabs.summary },
    { id: 'yaml', label: detail().tabs.yaml },
    ...(isPod ? [{ id: 'logs', label: detail().tabs.logs }] : []),
    ...(extraTab ? [{ id: extraTab.id, label: extraTab.label() }] : []),
    ...(hasEvents ? [{ id: 'events', label: detail().tabs.events }] : []),
  ];
  const isEditing = view.tab === 'edit';
  const tab = isEditing ? 'yaml' : tabs.some((other) => other.id === view.tab) ? view.tab : 'summary';
  const appliedAt = useSignal<number | undefined>(undefined);
  const removing = useSignal(false);
  const openTab = (id: string) => patchList({ tab: id === 'summary' ? '' : id });
  const canEdit = resource.verbs.includes('patch');
  const canRemove = resource.verbs.includes('delete');
  const edit = () => {
    appliedAt.value = undefined;
    openTab('edit');
  };
  const hasLogs = tabs.some(({ id }) => id === 'logs');
  useKeys([
    ...(hasLogs ? [{ keys: 'l', label: detail().tabs.logs, run: () => openTab('logs') }] : []),
    ...(canEdit ? [{ keys: 'e', label: detail().edit, run: edit }] : []),
  ]);

  const object = query.data.value;
  const error = query.error.value;
  const gone = error?.status === 404 && object !== undefined;
  return (
    <DrawerFrame
      kind={resource.kind}
      place={namespace}
      name={name}
      tabs={tabs}
      tab={tab}
      onTab={openTab}
      onClose={onClose}
      actions={
        object &&
        !gone && (
          <>
            {ExtraActions && !isEditing && <ExtraActions cluster={view.cluster} object={object} />}
            <ChangeButtons
              onEdit={canEdit && !isEditing ? edit : undefined}
              onRemove={
                canRemove
                  ? () => {
                      removing.value = true;
                    }
                  : undefined
              }
            />
          </>
        )
      }
    >
      {error && (
        <ErrorBox
          slim={object !== undefined}
          failed={gone ? detail().objectGone(name) : detail().objectFailed(name)}
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
        <Waiting what={detail().waitingObject(name)} onCancel={() => query.cancel()} />
      )}
      {tab === 'summary' && object && (
        <Summary object={object} row={row.value} columns={columns} view={view} stale={error !== undefined}>
          {ExtraSummary && <ExtraSummary cluster={view.cluster} object={object} />}
        </Summary>
      )}
      {tab === 'yaml' && object && isEditing && (
        <Edit
          key={object.metadata.uid}
          object={object}
          path={path}
          onDone={(applied) => {
            appliedAt.value = applied ? Date.now() : undefined;
            if (applied) query.renew();
            openTab('yaml');
          }}
        />
      )}
      {tab === 'yaml' && appliedAt.value !== undefined && !isEditing && (
        <div class="strip" role="status">
          <Mark mark="ok" />
          <span class="strip-text">{detail().applied(clock(appliedAt.value))}</span>
        </div>
      )}
      {tab === 'yaml' && object && !isEditing && <Text object={object} />}
      {extraTab && tab === extraTab.id && object && (
        <extraTab.Panel key={object.metadata.uid} cluster={view.cluster} object={object} />
      )}
      {isPod && tab === 'logs' && object && <Logs key={object.metadata.uid} object={object} path={path} />}
      {removing.value && object && (
        <Remove
          cluster={view.cluster}
          object={object}
          resource={resource}
          path={path}
          onClose={() => {
            removing.value = false;
          }}
        />
      )}
    </DrawerFrame>
  );
}
