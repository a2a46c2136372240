// The way to a newer version, one minor at a time: what EKS says of the next step, what must be confirmed, and the plan.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, isAbort, toApiError } from '../../api/error';
import { eksPart } from '../../api/gateway';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import { provisioning } from '../../texts/provision';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Again } from '../../ui/list';
import { Mark } from '../../ui/mark';
import { State, States } from '../../ui/states';
import { Skeleton } from '../../ui/waiting';
import { followRun } from './follow';
import { type Insight, insightsFor } from './insights';
import { ActiveRunLink, Confirm, canBeConfirmed, NEEDS } from './refusal';
import { useRefusal } from './runner';
import { nextVersion } from './states';
import { supportMark, supportText } from './words';

export function Upgrade({ cluster }: { cluster: api.ProvisionedDetail }) {
  const texts = provisioning();
  const versions = useMemo(() => new Query(api.versions), []);
  useEffect(() => {
    versions.load();
    return () => versions.cancel();
  }, [versions]);
  const known = versions.data.value?.items;
  const current = cluster.kubernetes_version ?? '';
  const next = nextVersion(current);
  const offered = known?.some(({ version }) => version === next);
  const way = (known ?? [])
    .filter(({ version }) => minorOf(version) >= minorOf(current))
    .sort((a, b) => minorOf(a.version) - minorOf(b.version));
  return (
    <div class="summary upgrade">
      {versions.error.value && (
        <ErrorBox
          failed={texts.versionsFailed}
          error={versions.error.value}
          actions={<Again query={versions} />}
        />
      )}
      {!known && !versions.error.value && <Skeleton rows={3} />}
      {known && (
        <ol class="upgrade-way" aria-label={texts.upgradeWay}>
          {way.map((each) => {
            const support = { phase: each.support, until: untilOf(each), days_left: each.days_left };
            const at = each.version === current;
            return (
              <li
                key={each.version}
                class={at ? 'upgrade-at' : each.version === next ? 'upgrade-next' : undefined}
              >
                <strong class="mono">{each.version}</strong>
                <span class="muted">
                  {at ? texts.upgradeHere : each.version === next ? texts.upgradeNext : texts.upgradeLater}
                </span>
                <span class={`status status-${supportMark(support)}`}>
                  <Mark mark={supportMark(support)} />
                  {supportText(support)}
                </span>
              </li>
            );
          })}
        </ol>
      )}
      {known && !offered && <Empty title={texts.upgradeNewest(current)} why={texts.upgradeNewestWhy} />}
      {known && offered && <Step cluster={cluster} version={next} />}
    </div>
  );
}

function minorOf(version: string): number {
  return Number(version.split('.')[1] ?? 0);
}

function untilOf({ support, standard_until, extended_until }: api.KubernetesVersion): string | null {
  return support === 'standard' ? standard_until : extended_until;
}

function Step({ cluster, version }: { cluster: api.ProvisionedDetail; version: string }) {
  const { cluster_name: name, connection, active } = cluster;
  const confirmed = useSignal(false);
  const busy = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const insights = useMemo(
    () =>
      connection
        ? new Query(async (signal) => insightsFor(await eksPart(connection, 'insights', signal), version))
        : undefined,
    [connection, version],
  );
  useEffect(() => {
    insights?.load();
    return () => insights?.cancel();
  }, [insights]);
  const texts = provisioning();
  const found = insights?.data.value;
  const errors = found?.filter(({ status }) => status === 'ERROR') ?? [];
  const open = found?.filter(({ status }) => status === 'WARNING' || status === 'UNKNOWN') ?? [];
  const refusal = useRefusal();
  const why = active
    ? texts.waitsFor(texts.ops[active.op])
    : refusal !== undefined
      ? refusal
      : errors.length > 0
        ? texts.insightsBlock
        : open.length > 0 && !confirmed.value
          ? texts.insightsConfirm
          : '';

  async function send(plan_only: boolean): Promise<void> {
    if (busy.peek()) return;
    busy.value = true;
    failed.value = undefined;
    try {
      const accepted = await api.upgrade(name, {
        kubernetes_version: version,
        ...(confirmed.peek() ? { confirm_warnings: true } : {}),
        ...(plan_only ? { plan_only } : {}),
      });
      followRun(name, accepted);
    } catch (error) {
      if (!isAbort(error)) failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <section class="part upgrade-step">
      <h2>{texts.upgradeTo(version)}</h2>
      {!insights && <p class="muted">{texts.insightsAbsent}</p>}
      {insights?.error.value && (
        <ErrorBox
          slim
          failed={texts.insightsFailed}
          error={insights.error.value}
          actions={<Again query={insights} />}
        />
      )}
      {insights && !found && !insights.error.value && <Skeleton rows={3} />}
      {found && <Insights insights={found} version={version} />}
      {(open.length > 0 || confirmed.value || canBeConfirmed(failed.value)) && (
        <Confirm confirmed={confirmed} />
      )}
      {failed.value && (
        <ErrorBox
          failed={texts.upgradeFailed(version)}
          error={failed.value}
          needs={NEEDS()}
          actions={<ActiveRunLink error={failed.value} name={name} />}
        />
      )}
      <div class="form-actions">
        <button
          type="button"
          class="button"
          disabled={busy.value || why !== ''}
          title={why || texts.planOnlyTip}
          onClick={() => send(true)}
        >
          {texts.planOnly}
        </button>
        <button
          type="button"
          class="button button-main"
          disabled={busy.value || why !== ''}
          title={why || undefined}
          onClick={() => send(false)}
        >
          {busy.value ? texts.sending : texts.upgradeAction(version)}
        </button>
        {why !== '' && <span class="muted">{why}</span>}
      </div>
      <p class="field-hint">{texts.upgradeOrder}</p>
    </section>
  );
}

const MARKS = { PASSING: 'ok', WARNING: 'bad', ERROR: 'bad', UNKNOWN: 'unknown' } as const;

function Insights({ insights, version }: { insights: readonly Insight[]; version: string }) {
  const texts = provisioning();
  if (insights.length === 0) return <p class="muted">{texts.insightsNone(version)}</p>;
  return (
    <States>
      {insights.map(({ id, name, status, reason, recommendation }) => (
        <State
          key={id}
          mark={MARKS[status]}
          name={name}
          word={texts.insightStates[status]}
          message={[reason, status === 'PASSING' ? '' : recommendation].filter(Boolean).join(' ')}
        />
      ))}
    </States>
  );
}
