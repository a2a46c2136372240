// The start page: every connected cluster, favourites first.
import { useComputed, useSignal } from '@preact/signals';
import type { ApiError } from '../../api/error';
import { isAbort, toApiError } from '../../api/error';
import * as gateway from '../../api/gateway';
import type { Cluster } from '../../api/types';
import { markOf } from '../../kinds/health';
import { count } from '../../lib/format';
import { clusterList, clusters, forgetCluster, health } from '../../lib/gate';
import { colourOf, favourites, offersRed, setColour, toggleFavourite } from '../../lib/prefs';
import { useQuery } from '../../lib/refresh';
import { listHref, navigate } from '../../router';
import { SandboxStrip } from '../../shell/strips';
import { t } from '../../texts';
import { confirm } from '../../ui/dialog';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Icon } from '../../ui/icons';
import { Status } from '../../ui/mark';
import { parseSort, type SortKey, sorted } from '../../ui/table/sort';
import { type Column, Table } from '../../ui/table/table';
import { Waiting } from '../../ui/waiting';
import { ColourMenu } from './colour';

function columns(onDisconnect: (cluster: Cluster) => void): Column<Cluster>[] {
  return [
    {
      id: 'name',
      title: t().columns.name,
      chars: 44,
      least: 24,
      keep: true,
      cell: (cluster) => (
        <span class="cluster-name">
          <span class="swatch" data-colour={colourOf(cluster.id)} />
          <span>
            <a href={listHref({ cluster: cluster.id })}>{cluster.name}</a>
            <span class="narrow-only muted">{cluster.region}</span>
          </span>
          {offersRed(cluster.id, cluster.name) && (
            <button
              type="button"
              class="button button-quiet offer"
              onClick={() => setColour(cluster.id, 'red')}
            >
              {t().markProduction}
            </button>
          )}
        </span>
      ),
      whole: (cluster) => cluster.id,
    },
    { id: 'region', title: t().columns.region, chars: 16, cell: (cluster) => cluster.region },
    { id: 'version', title: t().columns.version, chars: 9, align: 'end', cell: (cluster) => cluster.version },
    {
      id: 'status',
      title: t().columns.status,
      chars: 12,
      face: 'sans',
      keep: true,
      cell: (cluster) => <Status mark={markOf(cluster.status)} word={cluster.status} />,
    },
    {
      id: 'source',
      title: t().columns.source,
      chars: 11,
      face: 'sans',
      cell: (cluster) => t().sourceName(cluster.source),
    },
    {
      id: 'actions',
      title: t().columns.actions,
      chars: 26,
      narrowChars: 16,
      fixed: true,
      face: 'sans',
      align: 'end',
      keep: true,
      cell: (cluster) => <ClusterActions cluster={cluster} onDisconnect={onDisconnect} />,
    },
  ];
}

function ClusterActions({
  cluster,
  onDisconnect,
}: {
  cluster: Cluster;
  onDisconnect(cluster: Cluster): void;
}) {
  const liked = favourites.value.includes(cluster.id);
  return (
    <span class="row-actions">
      <button
        type="button"
        class="button button-icon button-quiet"
        aria-pressed={liked}
        aria-label={t().favourite(cluster.name)}
        title={t().favourite(cluster.name)}
        onClick={() => toggleFavourite(cluster.id)}
      >
        <Icon name="star" filled={liked} />
      </button>
      <ColourMenu id={cluster.id} name={cluster.name} />
      <button
        type="button"
        class="button button-quiet"
        aria-label={t().disconnectLabel(cluster.name, cluster.region)}
        onClick={() => onDisconnect(cluster)}
      >
        <span class="wide-only">{t().disconnect}</span>
        <span class="narrow-only">
          <Icon name="close" />
        </span>
      </button>
    </span>
  );
}

const KEYS: Record<string, (cluster: Cluster) => SortKey> = {
  name: (cluster) => cluster.name,
  region: (cluster) => cluster.region,
  version: (cluster) => cluster.version,
  status: (cluster) => cluster.status,
  source: (cluster) => cluster.source,
};

export function ClustersPage() {
  const failed = useSignal<{ name: string; error: ApiError } | undefined>(undefined);
  const sort = useSignal('');
  useQuery(clusters);

  const rows = useComputed(() => {
    const by = parseSort(sort.value);
    const key = by && KEYS[by.id];
    return by && key ? sorted(clusterList.value, key, by.descending) : clusterList.value;
  });

  async function onDisconnect(cluster: Cluster): Promise<void> {
    const yes = await confirm({
      title: t().disconnectTitle(cluster.name, cluster.region),
      effect: t().disconnectEffect,
      action: t().disconnectAction(cluster.name),
      danger: true,
    });
    if (!yes) return;
    failed.value = undefined;
    try {
      await gateway.disconnect(cluster.id);
      forgetCluster(cluster.id);
    } catch (error) {
      if (!isAbort(error)) failed.value = { name: cluster.name, error: toApiError(error) };
    }
    await clusters.load();
  }

  const data = clusters.data.value;
  const error = clusters.error.value;
  return (
    <div class="view">
      <div class="view-head">
        <h1>{t().clusters}</h1>
        {data && <span class="count">{count(data.clusters.length)}</span>}
        <span class="view-space" />
        <a class="button" href="/discover">
          <Icon name="search" />
          {t().discover}
        </a>
        <a class="button button-main" href="/connect">
          <Icon name="plus" />
          {t().connect}
        </a>
      </div>
      <SandboxStrip />
      {failed.value && (
        <ErrorBox failed={t().disconnectFailed(failed.value.name)} error={failed.value.error} slim />
      )}
      {error && <ErrorBox failed={t().clustersFailed} error={error} slim={data !== undefined} />}
      {!data && !error && <Waiting what={t().waitingClusters} onCancel={() => clusters.cancel()} />}
      {data && rows.value.length === 0 && <NoClusters />}
      {rows.value.length > 0 && (
        <Table
          label={t().clusters}
          main
          columns={columns(onDisconnect)}
          rows={rows.value}
          rowKey={(cluster) => cluster.id}
          onOpen={(cluster) => navigate(listHref({ cluster: cluster.id }))}
          sort={parseSort(sort.value)}
          onSort={(next) => {
            sort.value = next ? (next.descending ? `-${next.id}` : next.id) : '';
          }}
          stale={error !== undefined}
        />
      )}
    </div>
  );
}

function NoClusters() {
  const building = health.data.value?.sandbox && !health.data.value.sandbox.error;
  return (
    <Empty title={t().noClusters} why={building ? t().noClustersSandbox : t().noClustersWhy}>
      <a class="button button-main" href="/connect">
        {t().connect}
      </a>
      <a class="button" href="/discover">
        {t().discover}
      </a>
    </Empty>
  );
}
