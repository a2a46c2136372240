// Parts of a whole as bars with their numbers: what of each kind is ready, what of each resource is used.
import type { Amount, Balance, Counts, Dashboard, Nodes } from '../../api/board';
import { markOf } from '../../kinds/health';
import { count } from '../../lib/format';
import { listHref } from '../../router';
import { overview } from '../../texts/overview';
import { Status } from '../../ui/mark';
import { amountText, fullestNodes, TYPES } from './read';

const RUNNING = [
  ['deployment', TYPES.Deployment],
  ['statefulset', TYPES.StatefulSet],
  ['daemonset', TYPES.DaemonSet],
  ['replicaset', TYPES.ReplicaSet],
  ['pod', TYPES.Pod],
] as const;

export function RunningGauges({ cluster, stands }: { cluster: string; stands: Dashboard }) {
  return (
    <section class="part">
      <h2>{overview().running}</h2>
      <table class="gauges">
        <thead class="offscreen">
          <tr>
            <th scope="col">{overview().kind}</th>
            <td />
            <th scope="col">{overview().ready}</th>
          </tr>
        </thead>
        <tbody>
          {RUNNING.map(([member, kind]) => (
            <tr key={member}>
              <th scope="row">
                <a href={listHref({ cluster, kind })}>{overview()[member]}</a>
              </th>
              <td>
                <ReadyGauge counts={stands[member]} label={overview()[member]} />
              </td>
              <td class="gauge-number">{readyText(stands[member])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {stands.pod && stands.pod.succeeded > 0 && (
        <p class="muted">{overview().succeeded(count(stands.pod.succeeded))}</p>
      )}
    </section>
  );
}

function readyText(counts: Counts | null): string {
  if (!counts) return overview().notKnown;
  if (counts.available === 0) return overview().noneOf;
  return overview().readyOf(count(counts.ready), count(counts.available));
}

function ReadyGauge({ counts, label }: { counts: Counts | null; label: string }) {
  if (!counts || counts.available === 0) return null;
  const { ready, available } = counts;
  return (
    <meter
      class="gauge"
      aria-label={label}
      min={0}
      max={available}
      low={available / 2}
      high={available - 0.5}
      optimum={available}
      value={ready}
    />
  );
}

/** Filled to three quarters is a warning, to nine tenths worse. */
function UsedGauge({ percent, label }: { percent: number | null; label: string }) {
  if (percent === null) return null;
  return (
    <meter
      class="gauge"
      aria-label={label}
      min={0}
      max={100}
      low={75}
      high={90}
      optimum={0}
      value={Math.min(100, percent)}
    />
  );
}

const AMOUNTS: readonly Amount[] = ['cpu', 'memory', 'storage', 'pods'];

function percentText(percent: number | null): string {
  return percent === null ? overview().notKnown : overview().percent(percent.toFixed(percent < 10 ? 1 : 0));
}

function usedText(amount: Amount, { allocatable, usage }: Balance): string {
  const all = allocatable[amount];
  const used = usage[amount];
  if (all === null) return '';
  if (used === null) return overview().has[amount](amountText(amount, all));
  return overview().used[amount](amountText(amount, used), amountText(amount, all));
}

export function UsageGauges({ summary }: { summary: Balance }) {
  return (
    <section class="part">
      <h2>{overview().usage}</h2>
      <table class="gauges">
        <tbody>
          {AMOUNTS.map((amount) => (
            <tr key={amount}>
              <th scope="row">{overview().amounts[amount]}</th>
              <td>
                <UsedGauge percent={summary.percent[amount]} label={overview().amounts[amount]} />
              </td>
              <td class="gauge-number">{percentText(summary.percent[amount])}</td>
              <td class="gauge-number muted">{usedText(amount, summary)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const NODES_SHOWN = 10;

export function NodeGauges({ cluster, nodes }: { cluster: string; nodes: Nodes }) {
  const all = fullestNodes(nodes);
  return (
    <section class="part board-wide">
      <h2>{overview().nodes}</h2>
      <table class="gauges">
        <thead>
          <tr>
            <th scope="col">{overview().node}</th>
            <th scope="col">{overview().status}</th>
            <th scope="col" class="gauge-number">
              {overview().amounts.cpu}
            </th>
            <th scope="col" class="gauge-number">
              {overview().amounts.memory}
            </th>
            <th scope="col" class="gauge-number">
              {overview().amounts.pods}
            </th>
          </tr>
        </thead>
        <tbody>
          {all.slice(0, NODES_SHOWN).map(([name, node]) => (
            <tr key={name}>
              <th scope="row" class="gauge-name">
                <a class="mono" href={listHref({ cluster, kind: TYPES.Node, open: name })}>
                  {name}
                </a>
              </th>
              <td>
                <Status mark={markOf(node.status)} word={node.status} />
                {!node.schedulable && <span class="muted"> {overview().cordoned}</span>}
              </td>
              <td class="gauge-number">{percentText(node.metrics.percent.cpu)}</td>
              <td class="gauge-number">{percentText(node.metrics.percent.memory)}</td>
              <td class="gauge-number">{percentText(node.metrics.percent.pods)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {all.length > NODES_SHOWN && (
        <p>
          <a href={listHref({ cluster, kind: TYPES.Node })}>{overview().allNodes(count(all.length))}</a>
        </p>
      )}
    </section>
  );
}
