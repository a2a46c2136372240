// One run: how far it is, what went wrong, what it plans, and all that it said.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, toApiError } from '../../api/error';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import { clock } from '../../lib/age';
import { useKeys } from '../../lib/keys';
import { refreshNow } from '../../lib/refresh';
import { patch, to, type ViewOf } from '../../router';
import { provisioning } from '../../texts/provision';
import { confirm } from '../../ui/dialog';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Again } from '../../ui/list';
import { Status } from '../../ui/mark';
import { Tabs } from '../../ui/tabs';
import { Waiting } from '../../ui/waiting';
import { LogPanel } from '../logs/logs';
import { Warnings } from './follow';
import { useFresh } from './fresh';
import { NoPlan, PlanPanel } from './plantree';
import { Progress } from './progress';
import { NEEDS } from './refusal';
import { RunFacts } from './runfacts';
import { isActive, markOf } from './states';
import { statusText } from './words';
import '../../styles/provision.css';

export function RunPage({ view }: { view: ViewOf<'provision-run'> }) {
  return <OneRun key={`${view.name} ${view.run}`} view={view} />;
}

function OneRun({ view }: { view: ViewOf<'provision-run'> }) {
  const { name, run: id } = view;
  const query = useMemo(() => new Query((signal) => api.run(name, id, signal)), [name, id]);
  useEffect(() => () => query.cancel(), [query]);
  useFresh(query, isActive);
  const texts = provisioning();
  const run = query.data.value;
  const error = query.error.value;
  const asOf = query.asOf.value;
  const part = view.part === 'status' ? firstPart(run) : view.part;
  const open = (next: string) => patch('provision-run', { part: next as typeof view.part });
  useKeys(
    PARTS.map((each, index) => ({
      keys: String(index + 1),
      label: texts.parts[each],
      run: () => open(each),
    })),
  );
  return (
    <div class="view">
      <div class="view-head">
        <h1 class="mono">
          <a href={to('provisioned', { name })}>{name}</a>
        </h1>
        <span class="count">{run ? texts.ops[run.op] : ''}</span>
        {run && <Status mark={markOf(run)} word={statusText(run)} />}
        <span class="view-space" />
        {run && <RunActions run={run} />}
      </div>
      {error?.status === 404 && (
        <Empty title={texts.noRun} why={texts.noRunWhy}>
          <a class="button button-main" href={to('provisioned', { name })}>
            {texts.toCluster(name)}
          </a>
        </Empty>
      )}
      {error && error.status !== 404 && (
        <ErrorBox
          slim={run !== undefined}
          failed={asOf === undefined ? texts.runFailed(id) : texts.runOld(clock(asOf))}
          error={error}
          actions={<Again query={query} />}
        />
      )}
      {!run && !error && <Waiting what={texts.waitingRun} onCancel={() => query.cancel()} />}
      <Warnings run={id} />
      {run && error?.status !== 404 && (
        <>
          <Progress run={run} onPlan={part === 'plan' ? undefined : () => open('plan')} />
          <Tabs
            label={texts.runLabel(texts.ops[run.op], name)}
            tabs={PARTS.map((each) => ({
              id: each,
              label: texts.parts[each],
              faults: each === 'plan' ? (run.blocked?.length ?? 0) : 0,
            }))}
            open={part}
            onOpen={open}
          >
            {part === 'plan' && <PlanPart view={view} run={run} />}
            {part === 'log' && <RunLog run={run} />}
            {part === 'facts' && <RunFacts run={run} />}
          </Tabs>
        </>
      )}
    </div>
  );
}

const PARTS = ['plan', 'log', 'facts'] as const;

/** What is wanted first: what goes on while it goes on or failed, the plan where there is one to be looked at. */
function firstPart(run: api.Run | undefined): (typeof PARTS)[number] {
  if (!run || isActive(run) || run.status === 'failed' || run.status === 'cancelled') return 'log';
  return run.op === 'apply' || !run.plan_hash ? 'log' : 'plan';
}

function PlanPart({ view, run }: { view: ViewOf<'provision-run'>; run: api.Run }) {
  const { plan_hash } = run;
  return plan_hash ? <PlanPanel key={plan_hash} view={view} run={run} /> : <NoPlan run={run} />;
}

function RunActions({ run }: { run: api.Run }) {
  const failed = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const texts = provisioning();
  async function cancel(): Promise<void> {
    const yes = await confirm({
      title: texts.cancelTitle(texts.ops[run.op]),
      effect: run.status === 'running' ? texts.cancelEffect : texts.cancelQueued,
      action: texts.cancelAction,
      danger: true,
    });
    if (!yes) return;
    busy.value = true;
    failed.value = undefined;
    try {
      await api.cancel(run.cluster_name, run.run);
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
      refreshNow();
    }
  }
  return (
    <>
      {failed.value && <ErrorBox slim failed={texts.cancelFailed} error={failed.value} needs={NEEDS()} />}
      {isActive(run) && (
        <button type="button" class="button" disabled={busy.value} onClick={cancel}>
          {busy.value ? texts.cancelling : texts.cancelAction}
        </button>
      )}
    </>
  );
}

const TAILS: Record<string, number | undefined> = { '500': 500, '5000': 5000, all: undefined };

function RunLog({ run }: { run: api.Run }) {
  const active = isActive(run);
  const over = useSignal(!active);
  over.value = !active;
  const { cluster_name, run: id } = run;
  return (
    <LogPanel
      name={id}
      file={`${cluster_name}-${id}.log`}
      topic={id}
      follows
      many
      froms={Object.keys(TAILS)}
      isOver={() => over.peek()}
      url={(from, follow) =>
        api.runLogPath(
          cluster_name,
          id,
          typeof from === 'object' && 'tail' in from ? from.tail : undefined,
          follow,
        )
      }
    />
  );
}
