// How a provisioned cluster stands: first what needs somebody, then what it is, what it costs, and who holds its state.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, toApiError } from '../../api/error';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import { duration } from '../../lib/age';
import { clusterOf } from '../../lib/gate';
import { refreshNow } from '../../lib/refresh';
import { to } from '../../router';
import { locale, t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { Age } from '../../ui/age';
import { CopyButton } from '../../ui/copy';
import { confirm } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error';
import { Fact, Facts } from '../../ui/facts';
import { Check } from '../../ui/field';
import { Again } from '../../ui/list';
import { Mark, Status } from '../../ui/mark';
import { CostTable } from './cost';
import { followRun } from './follow';
import { draftOf, priceQuery } from './order';
import { NEEDS } from './refusal';
import { money } from './states';
import { driftMark, driftText, messageText, runText, sumOf, supportMark, supportText } from './words';

export function ClusterOverview({ cluster }: { cluster: api.ProvisionedDetail }) {
  return (
    <div class="summary overview">
      <Attention cluster={cluster} />
      <ClusterFacts cluster={cluster} />
      <Price cluster={cluster} />
      <Guard cluster={cluster} />
      <StateLock cluster={cluster} />
    </div>
  );
}

interface NoteProps {
  mark: 'bad' | 'warn';
  children: ComponentChildren;
  href?: string;
  action?: string;
}

function Note({ mark, children, href, action }: NoteProps) {
  return (
    <div class={`strip strip-${mark}`} role="status">
      <Mark mark="bad" />
      <span class="strip-text">{children}</span>
      {href && action && (
        <a class="button" href={href}>
          {action}
        </a>
      )}
    </div>
  );
}

/** What goes on, what waits for somebody, what went wrong. */
function Attention({ cluster }: { cluster: api.ProvisionedDetail }) {
  const texts = provisioning();
  const { cluster_name: name, active, last_run, drift, support, state } = cluster;
  const runHref = (run: string, part?: 'plan') =>
    to('provision-run', { name, run, ...(part ? { part } : {}) });
  const working =
    last_run?.run === active?.run ? (last_run?.progress?.current[0]?.address ?? last_run?.message) : '';
  const notes: ComponentChildren[] = [];
  if (active) {
    notes.push(
      <div class="strip strip-progress" role="status" key="active">
        <Mark mark="progressing" />
        <strong>{texts.doings[active.op]}</strong>
        <progress max={100} value={active.percent ?? 0} aria-label={texts.progress} />
        <span class="strip-numbers">{texts.percent(Math.floor(active.percent ?? 0))}</span>
        <span class="strip-step">{working}</span>
        <a class="button" href={runHref(active.run)}>
          {texts.follow}
        </a>
      </div>,
    );
  } else if (last_run?.status === 'planned' && last_run.op !== 'drift') {
    notes.push(
      <Note key="planned" mark="warn" href={runHref(last_run.run, 'plan')} action={texts.lookAtPlan}>
        {texts.planWaits(texts.ops[last_run.op])}
      </Note>,
    );
  } else if (last_run && ['failed', 'blocked', 'cancelled'].includes(last_run.status)) {
    notes.push(
      <Note key="failed" mark="bad" href={runHref(last_run.run)} action={texts.showRun}>
        <strong>{runText(last_run)}.</strong> {messageText(last_run)}
      </Note>,
    );
  }
  if (drift?.found) {
    notes.push(
      <Note key="drift" mark="warn" href={runHref(drift.run, 'plan')} action={texts.lookAtPlan}>
        {texts.driftNote(sumOf(drift.changes))}
      </Note>,
    );
  }
  if (support && supportMark(support) === 'bad' && (state === 'present' || state === 'partial')) {
    notes.push(
      <Note
        key="support"
        mark="warn"
        href={to('provisioned', { name, part: 'upgrade' })}
        action={texts.clusterParts.upgrade}
      >
        {texts.supportNote[support.phase](cluster.kubernetes_version ?? '', support.days_left ?? 0)}
      </Note>,
    );
  }
  if (notes.length === 0) {
    return (
      <p class="status">
        <Mark mark={state === 'present' ? 'ok' : 'unknown'} />
        <span>{state === 'present' ? texts.allWell : texts.clusterStates[state]}</span>
      </p>
    );
  }
  return <section class="part order-notes">{notes}</section>;
}

function ClusterFacts({ cluster }: { cluster: api.ProvisionedDetail }) {
  const texts = provisioning();
  const { applied, order, outputs, support, drift, connection, last_run } = cluster;
  const made = applied ?? order;
  const kubeconfig = textOf(outputs, 'kubeconfig_command');
  const nodes = made ? [made.node_min, made.node_desired, made.node_max] : [];
  return (
    <section class="part">
      <h2>{texts.cluster}</h2>
      <Facts wide>
        <Fact name={texts.fields.region}>{mono(cluster.region ?? '')}</Fact>
        <Fact name={texts.fields.kubernetes_version}>{mono(cluster.kubernetes_version ?? '')}</Fact>
        {support && (
          <Fact name={texts.support}>
            <Status mark={supportMark(support)} word={supportText(support)} />
          </Fact>
        )}
        {made && (
          <>
            <Fact name={texts.sections.nodes}>
              {texts.nodesAre(nodes[1] ?? 0, nodes[0] ?? 0, nodes[2] ?? 0, made.instance_type ?? '')}
            </Fact>
            {made.first_node_count !== undefined && (
              <Fact name={texts.firstGroup}>
                {texts.firstAre(made.first_node_count, made.first_instance_type ?? made.instance_type ?? '')}
              </Fact>
            )}
            <Fact name={texts.fields.ip_family}>{made.ip_family === 'ipv6' ? 'IPv6' : 'IPv4'}</Fact>
          </>
        )}
        <Fact name={texts.columns.drift}>
          {drift ? (
            <>
              <Status mark={driftMark(drift)} word={driftText(drift)} />{' '}
              <span class="muted">
                <Age time={drift.at ?? undefined} />
              </span>
            </>
          ) : (
            <span class="muted">{texts.driftNever}</span>
          )}
        </Fact>
        <Fact name={texts.connection}>
          {connection ? (
            <a class="mono" href={to('overview', { cluster: connection })}>
              {clusterOf(connection)?.name ?? connection}
            </a>
          ) : (
            <>
              <span class="muted">{texts.notConnected}</span>
              {cluster.state === 'present' && (
                <>
                  {' '}
                  <a href={to('connect', { name: cluster.cluster_name, region: cluster.region ?? '' })}>
                    {t().connect}
                  </a>
                </>
              )}
            </>
          )}
        </Fact>
        {['endpoint', 'vpc_id', 'cluster_arn']
          .filter((key) => textOf(outputs, key) !== '')
          .map((key) => (
            <Fact key={key} name={texts.outputs[key] ?? key}>
              {mono(textOf(outputs, key))}
            </Fact>
          ))}
        {last_run && (
          <Fact name={texts.columns.lastRun}>
            <a href={to('provision-run', { name: cluster.cluster_name, run: last_run.run })}>
              {runText(last_run)}
            </a>{' '}
            <span class="muted">
              <Age time={last_run.created_at ?? undefined} />
            </span>
          </Fact>
        )}
        <Fact name={texts.facts.created}>
          <Age time={cluster.created_at ?? undefined} />
        </Fact>
      </Facts>
      {kubeconfig !== '' && (
        <div class="secret">
          <code>{kubeconfig}</code>
          <CopyButton label={texts.copyCommand} text={() => kubeconfig} />
        </div>
      )}
    </section>
  );
}

const mono = (text: string) => <span class="mono">{text}</span>;

function textOf(outputs: Record<string, unknown> | null, key: string): string {
  const value = outputs?.[key];
  return typeof value === 'string' ? value : '';
}

function Price({ cluster }: { cluster: api.ProvisionedDetail }) {
  const made = cluster.applied ?? cluster.order;
  const wanted = made ? JSON.stringify(priceQuery(draftOf(made))) : '';
  const query = useMemo(
    () => new Query((signal) => api.cost(JSON.parse(wanted) as Record<string, string>, signal)),
    [wanted],
  );
  useEffect(() => {
    if (wanted !== '') query.load();
    return () => query.cancel();
  }, [query]);
  if (wanted === '' || cluster.state === 'destroyed') return null;
  const texts = provisioning();
  const cost = query.data.value;
  return (
    <section class="part">
      <h2>{texts.costTitle}</h2>
      {query.error.value && (
        <ErrorBox
          slim
          failed={texts.costFailed}
          error={query.error.value}
          actions={<Again query={query} />}
        />
      )}
      {cost && <CostTable cost={cost} />}
      {!cost && cluster.cost && <p>{money(cluster.cost.monthly, cluster.cost.currency, locale())}</p>}
    </section>
  );
}

/** Protection against being destroyed by mistake. */
function Guard({ cluster }: { cluster: api.ProvisionedDetail }) {
  /** What was chosen, until the cluster says it too. */
  const wanted = useSignal<boolean | undefined>(undefined);
  const failed = useSignal<ApiError | undefined>(undefined);
  const texts = provisioning();
  const { cluster_name: name } = cluster;
  useEffect(() => {
    wanted.value = undefined;
  }, [cluster.protected]);
  async function change(on: boolean): Promise<void> {
    wanted.value = on;
    failed.value = undefined;
    try {
      await api.protect(name, on);
    } catch (error) {
      failed.value = toApiError(error);
      wanted.value = undefined;
    }
    refreshNow();
  }
  return (
    <section class="part">
      <h2>{texts.guard}</h2>
      <Check
        label={texts.fields.deletion_protection}
        hint={texts.guardHint}
        checked={wanted.value ?? cluster.protected}
        disabled={wanted.value !== undefined}
        onChange={change}
      />
      {failed.value && <ErrorBox slim failed={texts.guardFailed} error={failed.value} needs={NEEDS()} />}
    </section>
  );
}

/** Who holds the state, and the way out when its holder is gone. */
function StateLock({ cluster }: { cluster: api.ProvisionedDetail }) {
  const { cluster_name: name, active, last_run } = cluster;
  const query = useMemo(() => new Query((signal) => api.lockOf(name, signal)), [name]);
  const failed = useSignal<ApiError | undefined>(undefined);
  useEffect(() => {
    query.renew();
    return () => query.cancel();
  }, [query, active?.run, last_run?.status]);
  const texts = provisioning();
  const found = query.data.value;

  async function release(id: string): Promise<void> {
    const yes = await confirm({
      title: texts.unlockTitle(name),
      effect: texts.unlockEffect,
      action: texts.unlockAction,
      danger: true,
    });
    if (!yes) return;
    failed.value = undefined;
    try {
      const accepted = await api.unlock(name, id);
      followRun(name, accepted);
    } catch (error) {
      failed.value = toApiError(error);
    }
    query.renew();
  }

  const lock = found?.lock;
  return (
    <section class="part">
      <h2>{texts.lock}</h2>
      {query.error.value && (
        <ErrorBox
          slim
          failed={texts.lockFailed}
          error={query.error.value}
          actions={<Again query={query} />}
        />
      )}
      {found && !lock && <p class="muted">{texts.lockNone}</p>}
      {lock && (
        <>
          <Facts wide>
            <Fact name={texts.lockWho}>{mono(lock.who)}</Fact>
            <Fact name={texts.lockFor}>{mono(lock.operation)}</Fact>
            <Fact name={texts.lockSince}>
              {lock.age_s === null || lock.age_s === undefined ? (
                <Age time={lock.created} />
              ) : (
                duration(lock.age_s * 1000)
              )}
            </Fact>
            <Fact name={texts.lockId}>{mono(lock.id)}</Fact>
          </Facts>
          <p>
            <button
              type="button"
              class="button"
              disabled={!found.can_unlock}
              title={found.can_unlock ? undefined : (found.why ?? texts.lockHeld)}
              onClick={() => release(lock.id)}
            >
              {texts.unlockAction}
            </button>{' '}
            {!found.can_unlock && <span class="muted">{found.why ?? texts.lockHeld}</span>}
          </p>
        </>
      )}
      {failed.value && <ErrorBox slim failed={texts.unlockFailed} error={failed.value} needs={NEEDS()} />}
    </section>
  );
}
