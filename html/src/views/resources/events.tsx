// What the cluster has said about one object, newest first.
import { computed } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import * as gateway from '../../api/gateway';
import { ListLoader, rowKey } from '../../api/list';
import type { TableRow } from '../../api/types';
import { columnsOf } from '../../kinds/columns';
import { markOf } from '../../kinds/health';
import { keepFresh, REFRESH_MS } from '../../lib/refresh';
import { detail } from '../../texts/object';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { State, States } from '../../ui/states';
import { sorted } from '../../ui/table/sort';
import { Waiting } from '../../ui/waiting';
import { followLive, resourceOf } from './source';

interface EventsProps {
  cluster: string;
  kind: string;
  namespace: string | undefined;
  name: string;
}

const LIMIT = 500;

export function Events({ cluster, kind, namespace, name }: EventsProps) {
  const loader = useMemo(() => {
    const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
    return new ListLoader([namespace], (source, token, signal) =>
      gateway.table(cluster, 'events', { namespace: source, fieldSelector, limit: LIMIT, token }, signal),
    );
  }, [cluster, kind, namespace, name]);
  useEffect(() => {
    const stop = keepFresh({
      asOf: loader.asOf,
      error: loader.error,
      busy: computed(() => loader.loading.value !== 'none'),
      load: () => loader.load(),
      interval: () => (loader.live.value === 'live' ? 4 : 1) * REFRESH_MS,
    });
    // A stream knows no field selectors: of all events of the namespace, those that are about the object are kept.
    const about = `${kind}/${name}`.toLowerCase();
    const keep = (row: TableRow) =>
      row.cells[loader.columns.peek().findIndex((column) => column.name === 'Object')] === about;
    const namespaces = namespace === undefined ? [] : [namespace];
    const stopLive = followLive(loader, resourceOf(cluster, 'events'), {
      cluster,
      namespaces,
      labels: '',
      keep,
    });
    return () => {
      stop();
      stopLive?.();
      loader.dispose();
    };
  }, [loader]);

  const error = loader.error.value;
  const rows = loader.rows.value;
  const failed = error && (
    <ErrorBox slim={rows.length > 0} failed={detail().eventsFailed(name)} error={error} />
  );
  if (rows.length === 0) {
    if (failed) return failed;
    if (loader.asOf.value === undefined) {
      return <Waiting what={detail().waitingEvents(name)} onCancel={() => loader.cancel()} />;
    }
    return <Empty title={detail().noEvents} why={detail().noEventsWhy} />;
  }
  const columns = columnsOf(resourceOf(cluster, 'events'), loader.columns.value, rows, false);
  const find = (title: string) => columns.find((column) => column.title === title);
  const seen = find('Last Seen');
  const cell = (title: string, row: TableRow) => find(title)?.text(row) ?? '';
  return (
    <div class={error ? 'summary stale' : 'summary'}>
      {failed}
      <States>
        {(seen ? sorted(rows, seen.key, false) : rows).map((row) => (
          <State
            key={rowKey(row)}
            mark={markOf(cell('Type', row))}
            name={cell('Reason', row)}
            word={Number(cell('Count', row)) > 1 ? detail().times(Number(cell('Count', row))) : undefined}
            aside={cell('Source', row)}
            time={seen?.text(row)}
            message={cell('Message', row)}
          />
        ))}
      </States>
    </div>
  );
}
