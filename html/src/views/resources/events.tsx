// What the cluster has said about one object, newest first.

import { computed } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import * as gateway from '../../api/gateway';
import { ListLoader, rowKey } from '../../api/list';
import type { TableRow } from '../../api/types';
import { columnsOf } from '../../kinds/columns';
import { keepFresh, REFRESH_MS } from '../../lib/refresh';
import { t } from '../../texts';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { sorted } from '../../ui/table/sort';
import { Table } from '../../ui/table/table';
import { Waiting } from '../../ui/waiting';
import { drawn, widthOf } from './columns';
import { resourceOf } from './source';

interface EventsProps {
  cluster: string;
  kind: string;
  namespace: string | undefined;
  name: string;
}

const SHOWN = ['Last Seen', 'Type', 'Reason', 'Message'];

export function Events({ cluster, kind, namespace, name }: EventsProps) {
  const loader = useMemo(() => {
    const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
    return new ListLoader([namespace], (source, token, signal) =>
      gateway.table(cluster, 'events', { namespace: source, fieldSelector, limit: 500, token }, signal),
    );
  }, [cluster, kind, namespace, name]);
  useEffect(() => {
    const stop = keepFresh({
      asOf: loader.asOf,
      error: loader.error,
      busy: computed(() => loader.loading.value !== 'none'),
      load: () => loader.load(),
      interval: () => REFRESH_MS,
    });
    return () => {
      stop();
      loader.dispose();
    };
  }, [loader]);

  const error = loader.error.value;
  const rows = loader.rows.value;
  const failed = error && <ErrorBox slim={rows.length > 0} failed={t().eventsFailed(name)} error={error} />;
  if (rows.length === 0) {
    if (failed) return failed;
    if (loader.asOf.value === undefined) {
      return <Waiting what={t().waitingEvents(name)} onCancel={() => loader.cancel()} />;
    }
    return <Empty title={t().noEvents} why={t().noEventsWhy} />;
  }
  const columns = columnsOf(resourceOf(cluster, 'events'), loader.columns.value, rows, false).filter(
    (column) => SHOWN.includes(column.title),
  );
  const seen = columns.find((column) => column.title === 'Last Seen');
  return (
    <div class="events">
      {failed}
      <Table<TableRow>
        label={t().eventsOf(name)}
        columns={columns.map((column) => ({
          ...drawn(column, widthOf(column, rows, 0), () => ''),
          keep: true,
        }))}
        rows={seen ? sorted(rows, seen.key, false) : rows}
        rowKey={rowKey}
        stale={error !== undefined}
      />
    </div>
  );
}
