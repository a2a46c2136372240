// A plan as a tree: by kind of change, each resource, and in it what becomes of each attribute. It is approved here, by
// its hash, and by nothing else.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type ApiError, toApiError } from '../../api/error';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import { count } from '../../lib/format';
import { useKeys } from '../../lib/keys';
import { patch, to, type ViewOf } from '../../router';
import { t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { CopyButton } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { FilterBox } from '../../ui/filter';
import { Icon } from '../../ui/icons';
import { Again } from '../../ui/list';
import { Mark } from '../../ui/mark';
import { Sign } from '../../ui/sign';
import { Waiting } from '../../ui/waiting';
import { followRun } from './follow';
import { branchesOf, countsOf, nameIn, SIGNS, sideOf, textOf } from './plan';
import { ActiveRunLink, NEEDS } from './refusal';
import { useRefusal } from './runner';
import { isActive } from './states';
import { changesText, sumOf } from './words';

interface PlanProps {
  view: ViewOf<'provision-run'>;
  run: api.Run;
}

export function PlanPanel({ view, run }: PlanProps) {
  const { name, run: id } = view;
  const query = useMemo(() => new Query((signal) => api.plan(name, id, signal)), [name, id]);
  useEffect(() => {
    query.load();
    return () => query.cancel();
  }, [query]);
  const plan = query.data.value;
  const error = query.error.value;
  return (
    <>
      {error?.status === 404 && <NoPlan run={run} />}
      {error && error.status !== 404 && (
        <ErrorBox failed={provisioning().planFailed} error={error} actions={<Again query={query} />} />
      )}
      {!plan && !error && <Waiting what={provisioning().waitingPlan} onCancel={() => query.cancel()} />}
      {plan && <Tree view={view} run={run} plan={plan} />}
    </>
  );
}

/** Why there is none to be seen: it comes, it never came, or it is that of the run that was approved. */
export function NoPlan({ run }: { run: api.Run }) {
  const texts = provisioning();
  const { cluster_name: name, approves } = run;
  if (approves) {
    return (
      <Empty title={texts.planElsewhere} why={texts.planElsewhereWhy}>
        <a class="button button-main" href={to('provision-run', { name, run: approves, part: 'plan' })}>
          {texts.showPlan}
        </a>
      </Empty>
    );
  }
  const ended = !isActive(run);
  return (
    <Empty
      title={ended ? texts.planNone : texts.planYet}
      why={ended ? texts.planNoneWhy : texts.planYetWhy}
    />
  );
}

function Tree({ view, run, plan }: PlanProps & { plan: api.Plan }) {
  const blocked = plan.blocked ?? [];
  const filter = useRef<HTMLInputElement>(null);
  useKeys([{ keys: '/', label: t().keys.filter, run: () => filter.current?.select() }]);
  const texts = provisioning();
  const branches = branchesOf(plan, view.filter, view.action);
  const shown = branches.reduce((sum, { resources }) => sum + resources.length, 0);
  const opened = new Set(view.opened);
  const isOpen = (address: string) => view.all !== opened.has(address);
  const toggle = (address: string) => {
    const next = new Set(opened);
    if (!next.delete(address)) next.add(address);
    patch('provision-run', { opened: [...next] });
  };
  const show = (action: string) => patch('provision-run', { action, opened: [] });
  if (plan.tree.length === 0) return <Empty title={texts.planEmpty} why={texts.planEmptyWhy} />;
  return (
    <div class="plan">
      <div class="plan-tools">
        <fieldset class="segments plan-actions" aria-label={texts.actionsLabel}>
          <button type="button" class="button" aria-pressed={view.action === ''} onClick={() => show('')}>
            {texts.allActions(count(plan.tree.length))}
          </button>
          {countsOf(plan).map(({ action, count: n }) => (
            <button
              key={action}
              type="button"
              class="button"
              aria-pressed={view.action === action}
              onClick={() => show(view.action === action ? '' : action)}
            >
              <Sign {...SIGNS[action]} />
              {texts.actionCount[action](n)}
            </button>
          ))}
        </fieldset>
        <FilterBox
          value={view.filter}
          input={filter}
          placeholder={texts.planFilter}
          onInput={(text) => patch('provision-run', { filter: text })}
        />
        <button
          type="button"
          class="button button-quiet"
          onClick={() => patch('provision-run', { all: !view.all, opened: [] })}
        >
          {view.all ? texts.closeAll : texts.openAll}
        </button>
      </div>
      {blocked.length > 0 && <Blocked name={run.cluster_name} addresses={blocked} />}
      {plan.truncated && (
        <p class="strip" role="status">
          <Mark mark="unknown" />
          <span class="strip-text">{texts.planTruncated}</span>
        </p>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows go from button to button, which are what is worked */}
      <div class="plan-tree" onKeyDown={(event) => walk(event, isOpen, toggle)}>
        {branches.map(({ action, resources }) => (
          <section key={action} class="plan-branch" aria-label={texts.actionCount[action](resources.length)}>
            <h2>
              <Sign {...SIGNS[action]} />
              {texts.actionTitles[action]}
              <span class="tab-count">{count(resources.length)}</span>
            </h2>
            <ul>
              {resources.map((resource) => (
                <Resource
                  key={resource.address}
                  resource={resource}
                  open={isOpen(resource.address)}
                  blocked={blocked.includes(resource.address)}
                  onToggle={() => toggle(resource.address)}
                />
              ))}
            </ul>
          </section>
        ))}
        {shown === 0 && (
          <Empty title={texts.planNoMatch} why={t().noneMatchWhy(count(plan.tree.length))}>
            <button
              type="button"
              class="button button-main"
              onClick={() => patch('provision-run', { filter: '', action: '' })}
            >
              {t().showAll}
            </button>
          </Empty>
        )}
      </div>
      <Approval run={run} plan={plan} />
    </div>
  );
}

/** Up and down go from resource to resource, right opens, left closes. */
function walk(
  event: KeyboardEvent,
  isOpen: (address: string) => boolean,
  toggle: (address: string) => void,
): void {
  const line = event.target instanceof Element ? event.target.closest<HTMLElement>('.plan-line') : null;
  const address = line?.dataset.address;
  if (!line || address === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const lines = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.plan-line')];
  const at = lines.indexOf(line);
  const moves: Record<string, () => void> = {
    ArrowDown: () => lines[at + 1]?.focus(),
    ArrowUp: () => lines[at - 1]?.focus(),
    ArrowRight: () => isOpen(address) || toggle(address),
    ArrowLeft: () => isOpen(address) && toggle(address),
  };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  move();
}

interface ResourceProps {
  resource: api.PlanResource;
  open: boolean;
  blocked: boolean;
  onToggle(): void;
}

function Resource({ resource, open, blocked, onToggle }: ResourceProps) {
  const texts = provisioning();
  const { action, address, reason, attributes = [] } = resource;
  const name = nameIn(resource);
  return (
    <li>
      <button
        type="button"
        class={blocked ? 'plan-line plan-blocked' : 'plan-line'}
        data-address={address}
        aria-expanded={open}
        onClick={onToggle}
      >
        <Icon name="down" />
        <Sign {...SIGNS[action]} />
        <span class="offscreen">{texts.actionWords[action]}</span>
        <span class="plan-address mono">
          {name.before}
          <span class="muted">{name.type}</span>
          {name.after}
        </span>
        {blocked && <strong class="bad">{texts.blockedWord}</strong>}
        {reason && <span class="muted plan-reason">{texts.reasons[reason] ?? reason}</span>}
      </button>
      {open && <Attributes attributes={attributes} action={action} />}
    </li>
  );
}

function Attributes({
  attributes,
  action,
}: {
  attributes: readonly api.PlanAttribute[];
  action: api.PlanAction;
}) {
  const texts = provisioning();
  if (attributes.length === 0) return <p class="plan-none muted">{texts.noAttributes}</p>;
  // What is made has nothing before, and what goes has nothing after.
  const after = action !== 'delete' && action !== 'forget';
  const before = action !== 'create' && action !== 'read';
  const both = before && after;
  return (
    <table class="plan-attributes">
      <thead class={both ? undefined : 'offscreen'}>
        <tr>
          <th scope="col">{texts.attribute}</th>
          {before && <th scope="col">{texts.before}</th>}
          {after && <th scope="col">{texts.after}</th>}
        </tr>
      </thead>
      <tbody>
        {attributes.map((attribute) => (
          <tr key={attribute.path}>
            <th scope="row">{attribute.path}</th>
            {before && <Value attribute={attribute} which="before" />}
            {after && <Value attribute={attribute} which="after" />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ attribute, which }: { attribute: api.PlanAttribute; which: 'before' | 'after' }) {
  const side = sideOf(attribute, which);
  return (
    <td class={which === 'before' ? 'plan-before' : 'plan-after'}>
      {side === 'text' ? textOf(attribute[which]) : <em>{provisioning().sides[side]}</em>}
    </td>
  );
}

function Blocked({ name, addresses }: { name: string; addresses: readonly string[] }) {
  const texts = provisioning();
  return (
    <div class="strip strip-bad plan-guard" role="alert">
      <Mark mark="bad" />
      <div class="strip-text">
        <p>
          <strong>{texts.blockedTitle}</strong>
        </p>
        <ul class="mono">
          {addresses.map((address) => (
            <li key={address}>{address}</li>
          ))}
        </ul>
        <p>{texts.blockedWhy}</p>
      </div>
      <a class="button" href={to('provisioned', { name, part: 'change' })}>
        {texts.changeOrder}
      </a>
    </div>
  );
}

/** Why a plan cannot be approved now, "" when it can. */
function refusalOf(run: api.Run, plan: api.Plan): string {
  const reasons = provisioning().refusals;
  if ((plan.blocked ?? []).length > 0) return reasons.blocked;
  if (run.approved_by_run) return reasons.approved;
  if (run.status === 'planned') return '';
  if (run.op === 'test') return reasons.dry;
  return sumOf(plan.changes) === 0 ? reasons.no_changes : reasons.not_planned;
}

function Approval({ run, plan }: { run: api.Run; plan: api.Plan }) {
  const asking = useSignal(false);
  const texts = provisioning();
  const off = useRefusal();
  const refusal = refusalOf(run, plan) || off || '';
  const name = run.cluster_name;
  const by = run.approved_by_run;
  return (
    <div class="plan-foot">
      <div class="plan-hash">
        <span class="muted">{texts.hash}</span> <code title={plan.hash}>{shortHash(plan.hash)}</code>
        <CopyButton label={texts.copyHash} text={() => plan.hash} />
      </div>
      <span class="plan-refusal">{refusal}</span>
      {by && (
        <a class="button" href={to('provision-run', { name, run: by })}>
          {texts.showRun}
        </a>
      )}
      <button
        type="button"
        class="button button-main"
        disabled={refusal !== ''}
        title={refusal || undefined}
        onClick={() => {
          asking.value = true;
        }}
      >
        {texts.approve}
      </button>
      {asking.value && (
        <ApproveDialog
          run={run}
          plan={plan}
          onClose={() => {
            asking.value = false;
          }}
        />
      )}
    </div>
  );
}

/** "sha256:1f2e3d4c5b6a": enough of it to tell two apart by eye. */
export function shortHash(hash: string): string {
  return hash.replace(/^(sha256:)?([0-9a-f]{12})[0-9a-f]+$/, '$1$2…');
}

function ApproveDialog({ run, plan, onClose }: { run: api.Run; plan: api.Plan; onClose(): void }) {
  const busy = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const texts = provisioning();
  const name = run.cluster_name;
  const title = texts.approveTitle(name);
  const { destroy } = plan.changes;
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy.peek()) return;
    busy.value = true;
    failed.value = undefined;
    try {
      const accepted = await api.approve(name, run.run, plan.hash);
      onClose();
      followRun(name, accepted);
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  }
  return (
    <Dialog label={title} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <h2>{title}</h2>
        <p>{texts.approveEffect(changesText(plan.changes))}</p>
        {destroy > 0 && (
          <p class="strip strip-bad">
            <Mark mark="bad" />
            {texts.approveLoss(destroy)}
          </p>
        )}
        <div class="field">
          <span class="label">{texts.hash}</span>
          <div class="secret">
            <code>{plan.hash}</code>
          </div>
          <p class="field-hint">{texts.hashWhy}</p>
        </div>
        {failed.value && (
          <ErrorBox
            failed={texts.approveFailed}
            error={failed.value}
            needs={NEEDS()}
            actions={<ActiveRunLink error={failed.value} name={name} />}
          />
        )}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t().cancel}
          </button>
          <button
            type="submit"
            class={destroy > 0 ? 'button button-danger' : 'button button-main'}
            disabled={busy.value}
          >
            {busy.value ? texts.sending : texts.approveAction}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
