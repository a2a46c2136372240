// One provisioned cluster: how it stands, what can be done with it, and what has been done.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, isAbort, toApiError } from '../../api/error';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import { clock } from '../../lib/age';
import { clusterOf, clusters } from '../../lib/gate';
import { useKeys } from '../../lib/keys';
import { refreshNow } from '../../lib/refresh';
import { navigate, patch, to, type ViewOf } from '../../router';
import { provisioning } from '../../texts/provision';
import { Code } from '../../ui/code';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Again } from '../../ui/list';
import { Status } from '../../ui/mark';
import { Tabs } from '../../ui/tabs';
import { Waiting } from '../../ui/waiting';
import { CleanUpDialog, DestroyDialog } from './destroy';
import { followRun } from './follow';
import { useFresh } from './fresh';
import { RunHistory } from './history';
import { OrderForm } from './new';
import { ClusterOverview } from './overview';
import { ActiveRunLink, NEEDS } from './refusal';
import { RunnerStrip, useRefusal } from './runner';
import { ScaleDialog } from './scale';
import { stateOf } from './states';
import { Upgrade } from './upgrade';
import { stateText } from './words';
import '../../styles/provision.css';

export function ProvisionedPage({ view }: { view: ViewOf<'provisioned'> }) {
  return <OneCluster key={view.name} view={view} />;
}

const PARTS = ['overview', 'runs', 'upgrade', 'change', 'order'] as const;

function OneCluster({ view }: { view: ViewOf<'provisioned'> }) {
  const { name, part } = view;
  const query = useMemo(() => new Query((signal) => api.provisionedCluster(name, signal)), [name]);
  useEffect(() => () => query.cancel(), [query]);
  useFresh(query, ({ active }) => active !== null);
  const texts = provisioning();
  const cluster = query.data.value;
  const error = query.error.value;
  const asOf = query.asOf.value;
  const there = cluster?.state === 'present' || cluster?.state === 'partial';
  const shown = PARTS.filter((each) => there || (each !== 'upgrade' && each !== 'change'));
  const open = (next: string) => patch('provisioned', { part: next as typeof part }, 'push');
  useKeys(
    shown.map((each, index) => ({
      keys: String(index + 1),
      label: texts.clusterParts[each],
      run: () => open(each),
    })),
  );
  // Its connection is made by the gateway when the cluster is there; the list may be older than that.
  const connection = cluster?.connection ?? '';
  useEffect(() => {
    if (connection !== '' && !clusterOf(connection)) clusters.renew();
  }, [connection]);
  return (
    <div class="view">
      <div class="view-head">
        <h1 class="mono">{name}</h1>
        {cluster && <Status mark={stateOf(cluster).mark} word={stateText(cluster)} />}
        <span class="view-space" />
        {cluster && <Actions cluster={cluster} />}
      </div>
      <RunnerStrip />
      {error?.status === 404 && (
        <Empty title={texts.noCluster(name)} why={texts.noClusterWhy}>
          <a class="button button-main" href={to('provision')}>
            {texts.toList}
          </a>
        </Empty>
      )}
      {error && error.status !== 404 && (
        <ErrorBox
          slim={cluster !== undefined}
          failed={asOf === undefined ? texts.clusterFailed(name) : texts.clusterOld(clock(asOf))}
          error={error}
          actions={<Again query={query} />}
        />
      )}
      {!cluster && !error && <Waiting what={texts.waitingCluster(name)} onCancel={() => query.cancel()} />}
      {cluster && error?.status !== 404 && (
        <Tabs
          label={texts.clusterLabel(name)}
          tabs={shown.map((each) => ({ id: each, label: texts.clusterParts[each] }))}
          open={part}
          onOpen={open}
        >
          {part === 'overview' && <ClusterOverview cluster={cluster} />}
          {part === 'runs' && <RunHistory view={view} />}
          {part === 'upgrade' && <Upgrade cluster={cluster} />}
          {part === 'change' && <Change cluster={cluster} />}
          {part === 'order' && <OrderText cluster={cluster} />}
        </Tabs>
      )}
    </div>
  );
}

function Change({ cluster }: { cluster: api.ProvisionedDetail }) {
  const base = useMemo(() => cluster.applied ?? cluster.order, [cluster.cluster_name]);
  if (!base) return <Empty title={provisioning().noOrder} why={provisioning().noOrderWhy} />;
  return <OrderForm base={base} changing={cluster.cluster_name} />;
}

function OrderText({ cluster: { order, applied, outputs } }: { cluster: api.ProvisionedDetail }) {
  const texts = provisioning();
  if (!order && !applied) return <Empty title={texts.noOrder} why={texts.noOrderWhy} />;
  return <Code value={{ order, applied, outputs }} />;
}

/** Starts a run and goes to it; what refuses it is said here. */
function Actions({ cluster }: { cluster: api.ProvisionedDetail }) {
  const dialog = useSignal<'' | 'scale' | 'destroy' | 'cleanup'>('');
  const busy = useSignal(false);
  const failed = useSignal<{ what: string; error: ApiError } | undefined>(undefined);
  const texts = provisioning();
  const { cluster_name: name, state, active, last_run, connection } = cluster;
  const there = state === 'present' || state === 'partial';
  const interrupted = !active && (last_run?.status === 'failed' || last_run?.status === 'cancelled');
  const refusal = useRefusal();
  const waits = active ? texts.waitsFor(texts.ops[active.op]) : refusal;
  const close = () => {
    dialog.value = '';
  };

  async function start(what: string, run: () => Promise<api.Accepted>): Promise<void> {
    if (busy.peek()) return;
    busy.value = true;
    failed.value = undefined;
    try {
      const accepted = await run();
      followRun(name, accepted);
    } catch (reason) {
      if (!isAbort(reason)) failed.value = { what, error: toApiError(reason) };
    } finally {
      busy.value = false;
    }
  }

  const action = (label: string, run: () => void, tip?: string) => (
    <button
      type="button"
      class="button"
      disabled={waits !== undefined || busy.value}
      title={waits ?? tip}
      onClick={run}
    >
      {label}
    </button>
  );
  return (
    <div class="order-actions">
      {interrupted &&
        action(texts.resume, () => start(texts.resumeFailed(name), () => api.resume(name)), texts.resumeTip)}
      {there &&
        action(
          texts.driftCheck,
          () => start(texts.driftFailed(name), () => api.checkDrift(name)),
          texts.driftCheckTip,
        )}
      {there &&
        action(texts.scale, () => {
          dialog.value = 'scale';
        })}
      {there &&
        action(texts.destroy, () => {
          dialog.value = 'destroy';
        })}
      {!there && (
        <>
          <a class="button" href={to('provision-new', { from: name })}>
            {texts.orderAgain}
          </a>
          {action(texts.cleanUp, () => {
            dialog.value = 'cleanup';
          })}
        </>
      )}
      {connection && (
        <a class="button button-main" href={to('overview', { cluster: connection })}>
          {texts.openCluster}
        </a>
      )}
      {failed.value && (
        <ErrorBox
          slim
          failed={failed.value.what}
          error={failed.value.error}
          needs={NEEDS()}
          actions={<ActiveRunLink error={failed.value.error} name={name} />}
        />
      )}
      {dialog.value === 'scale' && <ScaleDialog cluster={cluster} onClose={close} />}
      {dialog.value === 'destroy' && <DestroyDialog cluster={cluster} onClose={close} />}
      {dialog.value === 'cleanup' && (
        <CleanUpDialog
          name={name}
          onClose={close}
          onDone={() => {
            close();
            navigate(to('provision'));
            refreshNow();
          }}
        />
      )}
    </div>
  );
}
