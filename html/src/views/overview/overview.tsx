// How a cluster stands: first what is broken and since when, then how much there is of everything and what is used.
import { useComputed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import * as board from '../../api/board';
import type { ApiError } from '../../api/error';
import { Query } from '../../api/query';
import { clock } from '../../lib/age';
import { useChanges } from '../../lib/changes';
import { count } from '../../lib/format';
import { clusterOf } from '../../lib/gate';
import { now } from '../../lib/media';
import { REFRESH_MS, useFreshness } from '../../lib/refresh';
import { listHref, type ViewOf } from '../../router';
import { t } from '../../texts';
import { overview } from '../../texts/overview';
import { Age } from '../../ui/age';
import { UsageCharts } from '../../ui/chart/usage';
import { ErrorBox } from '../../ui/error';
import { Mark } from '../../ui/mark';
import { State, States } from '../../ui/states';
import { Waiting } from '../../ui/waiting';
import { NodeGauges, RunningGauges, UsageGauges } from './gauges';
import { gapsOf, type Trouble, TYPES, troublesOf } from './read';
import '../../styles/overview.css';

const SHOWN = 50;
/** Reading what many nodes use costs the cluster something. */
const MANY_NODES = 100;

export function OverviewPage({ view: { cluster } }: { view: ViewOf<'overview'> }) {
  const dashboard = useMemo(
    () => new Query<board.Dashboard>((signal) => board.dashboard(cluster, signal)),
    [cluster],
  );
  const nodes = useMemo(() => new Query<board.Nodes>((signal) => board.nodes(cluster, signal)), [cluster]);
  const read = async () => {
    await Promise.all([dashboard.renew(), nodes.renew()]);
  };
  const { live, liveSince, refused } = useChanges(cluster, Object.values(TYPES), { read }, [
    dashboard,
    nodes,
  ]);
  const busy = useComputed(() => dashboard.loading.value || nodes.loading.value);
  const freshness = useMemo(
    () => ({
      asOf: dashboard.asOf,
      error: dashboard.error,
      busy,
      load: async () => {
        await Promise.all([dashboard.load(), nodes.load()]);
      },
      interval: () =>
        Object.keys(nodes.data.value?.nodes ?? {}).length > MANY_NODES ? 4 * REFRESH_MS : REFRESH_MS,
      live,
      liveSince,
      refused,
    }),
    [dashboard, nodes, busy, live],
  );
  useFreshness(freshness);
  const where = clusterOf(cluster)?.name ?? cluster;
  const stands = dashboard.data.value;
  const has = nodes.data.value;
  return (
    <div class="view">
      <div class="view-head">
        <h1>{t().overview}</h1>
      </div>
      <Failed query={dashboard} where={where} />
      {!stands && !has && !dashboard.error.value && (
        <Waiting
          what={overview().waiting(where)}
          onCancel={() => {
            dashboard.cancel();
            nodes.cancel();
          }}
        />
      )}
      {(stands || has) && (
        <div class={dashboard.error.value ? 'board stale' : 'board'}>
          <Broken cluster={cluster} stands={stands} nodes={has} refused={nodes.error.value} />
          {stands && <RunningGauges cluster={cluster} stands={stands} />}
          {has && <UsageGauges summary={has.summary} />}
          <section class="part board-wide">
            <h2>{overview().usedOverTime}</h2>
            <UsageCharts cluster={cluster} />
          </section>
          {has && <NodeGauges cluster={cluster} nodes={has} />}
        </div>
      )}
    </div>
  );
}

function Failed({ query, where }: { query: Query<unknown>; where: string }) {
  const error = query.error.value;
  const asOf = query.asOf.value;
  if (!error) return null;
  return (
    <ErrorBox
      slim={asOf !== undefined}
      failed={asOf === undefined ? overview().boardFailed(where) : overview().boardOld(clock(asOf))}
      error={error}
      needs={overview().needs}
      actions={
        <button type="button" class="button" disabled={query.loading.value} onClick={() => query.load()}>
          {t().tryAgain}
        </button>
      }
    />
  );
}

interface BrokenProps {
  cluster: string;
  stands: board.Dashboard | undefined;
  nodes: board.Nodes | undefined;
  /** Why the nodes could not be read. */
  refused: ApiError | undefined;
}

function Broken({ cluster, stands, nodes, refused }: BrokenProps) {
  const gaps = [...(stands?.errors ?? []), ...(nodes?.errors ?? [])];
  if (refused) gaps.push({ resource: TYPES.Node, code: refused.code, message: refused.message });
  const troubles = troublesOf(stands, nodes, now.value);
  const bad = troubles.filter(({ mark }) => mark === 'bad').length;
  const more = troubles.length - SHOWN + (stands?.faults_left_out ?? 0);
  const partial = !stands || !nodes || gaps.length > 0;
  return (
    <section class="part board-wide">
      <h2>
        {overview().attention}
        {bad > 0 && <span class="count"> {count(bad)}</span>}
      </h2>
      {bad === 0 && (
        <p class="status">
          <Mark mark={partial ? 'unknown' : 'ok'} />
          <span>{partial ? overview().allWellPartial : overview().allWell}</span>
        </p>
      )}
      {troubles.length > 0 && (
        <States>
          {troubles.slice(0, SHOWN).map((trouble) => (
            <TroubleLine
              key={`${trouble.type} ${trouble.namespace} ${trouble.name} ${trouble.word}`}
              cluster={cluster}
              trouble={trouble}
            />
          ))}
        </States>
      )}
      {more > 0 && (
        <p>
          <a href={listHref({ cluster, kind: TYPES.Pod, unhealthy: true })}>{overview().more(more)}</a>
        </p>
      )}
      {gapsOf(gaps).map(({ resources, code, message }) => (
        <div class="strip strip-warn" role="status" key={`${code} ${message}`}>
          <Mark mark="unknown" />
          <span class="strip-text">
            <strong>{missingText(resources)}</strong> <code class="error-code">{code}</code> {message}
          </span>
        </div>
      ))}
    </section>
  );
}

const NAMED = 3;

function missingText(resources: readonly string[]): string {
  const named = resources.slice(0, NAMED).join(', ');
  if (resources.length <= NAMED) return overview().missing(named);
  return overview().missingMany(named, count(resources.length - NAMED));
}

function TroubleLine({ cluster, trouble }: { cluster: string; trouble: Trouble }) {
  const { kind, type, namespace, name, mark, word, message, since } = trouble;
  const where = namespace === '' ? name : `${namespace}/${name}`;
  return (
    <State
      mark={mark}
      name={overview().kinds[kind]}
      aside={
        <a
          class="mono"
          href={listHref({
            cluster,
            kind: type,
            namespaces: namespace === '' ? [] : [namespace],
            open: where,
          })}
        >
          {where}
        </a>
      }
      word={word}
      time={since && <Age time={since} />}
      message={message}
    />
  );
}
