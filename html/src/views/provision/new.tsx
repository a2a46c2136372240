// A new cluster, or another shape for one that is there: ordered as a dry run, or to be made.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type ApiError, type Cause, isAbort, toApiError } from '../../api/error';
import * as api from '../../api/provision';
import { Query } from '../../api/query';
import type { ViewOf } from '../../router';
import { t } from '../../texts';
import { provisioning } from '../../texts/provision';
import { ErrorBox } from '../../ui/error';
import { Check } from '../../ui/field';
import { Again } from '../../ui/list';
import { Waiting } from '../../ui/waiting';
import { Estimate } from './cost';
import { followRun } from './follow';
import { OrderFields } from './form';
import {
  type Draft,
  draftOf,
  type Offered,
  orderOf,
  PAIRS,
  placeOf,
  TEXTS,
  type TextName,
  type Wrong,
  wrongWith,
} from './order';
import { ActiveRunLink, Confirm, canBeConfirmed, NEEDS } from './refusal';
import { RunnerQueue, RunnerStrip, useRefusal } from './runner';
import type { Lists } from './section';
import '../../styles/jobs.css';
import '../../styles/provision.css';

export function NewClusterPage({ view }: { view: ViewOf<'provision-new'> }) {
  const query = useMemo(
    () =>
      new Query(async (signal) => {
        const base = await api.defaults(signal);
        if (view.from === '') return { ...base, cluster_name: '', support_type: undefined }; // as the version allows
        const { order, applied } = await api.provisionedCluster(view.from, signal);
        return { ...base, ...(order ?? applied), cluster_name: '', support_type: undefined };
      }),
    [view.from],
  );
  useEffect(() => {
    query.load();
    return () => query.cancel();
  }, [query]);
  const base = query.data.value;
  const error = query.error.value;
  return (
    <div class="view">
      <div class="view-head">
        <h1>{t().newCluster}</h1>
        {view.from !== '' && <span class="count">{provisioning().likeCluster(view.from)}</span>}
      </div>
      <RunnerStrip />
      {error && (
        <ErrorBox failed={provisioning().defaultsFailed} error={error} actions={<Again query={query} />} />
      )}
      {!base && !error && <Waiting what={provisioning().waitingDefaults} onCancel={() => query.cancel()} />}
      {base && <OrderForm base={base} />}
    </div>
  );
}

/** Shown from the first letter on: a field, and those that bear on it. */
const WITH: Record<string, readonly string[]> = {
  node_desired: ['node_min', 'node_max'],
  external_id: ['role_arn'],
};

interface OrderFormProps {
  base: api.Order;
  /** Name of the cluster that is there already. */
  changing?: string;
}

export function OrderForm({ base, changing }: OrderFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const draft = useSignal<Draft>(useMemo(() => draftOf(base), [base]));
  const touched = useSignal<ReadonlySet<string>>(new Set());
  const opened = useSignal<ReadonlySet<string>>(new Set());
  const said = useSignal<Wrong>({});
  const failed = useSignal<{ error: ApiError; placed: Cause[] } | undefined>(undefined);
  const confirmed = useSignal(false);
  const busy = useSignal<'' | 'dry' | 'real'>('');
  const lists = useLists(draft.value);
  const refusal = useRefusal();
  const offered: Offered = {
    versions: changing === undefined ? lists.versions.map(({ version }) => version) : [],
    regions: lists.regions,
    types: lists.types.map(({ name }) => name),
    addons: new Map(
      lists.addons?.map(({ name, versions }) => [name, versions.map(({ version }) => version)]),
    ),
  };
  const found = wrongWith(draft.value, offered);
  const isShown = (field: string) =>
    touched.value.has('') || [field, ...(WITH[field] ?? [])].some((name) => touched.value.has(name));
  const wrong: Wrong = {
    ...Object.fromEntries(Object.entries(found).filter(([field]) => isShown(field))),
    ...said.value,
  };

  function change(next: Partial<Draft>, name: string): void {
    draft.value = { ...draft.peek(), ...next };
    if (!touched.peek().has(name)) touched.value = new Set([...touched.peek(), name]);
    // What the gateway said of it was about what stood there before.
    const rest = Object.entries(said.peek()).filter(
      ([field]) => field !== name && !field.startsWith(`${name}[`),
    );
    said.value = Object.fromEntries(rest);
  }

  function onInput(event: Event): void {
    const { name, value } = event.target as HTMLInputElement;
    if ((TEXTS as readonly string[]).includes(name)) {
      change({ [name as TextName]: value }, name);
      return;
    }
    const [, root, index, part] = /^(\w+)\[(\d+)\]\.(name|value)$/.exec(name) ?? [];
    const field = PAIRS.find((each) => each === root);
    if (!field) return;
    const pairs = draft.peek()[field];
    const next = pairs.map((each, at) =>
      at === Number(index) ? { ...each, [part as 'name']: value } : each,
    );
    change({ [field]: next }, name);
  }

  function focusWrong(): void {
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  }

  async function send(dry: boolean): Promise<void> {
    if (busy.peek() !== '' || refusal !== undefined) return;
    touched.value = new Set([...touched.peek(), '']);
    said.value = {};
    failed.value = undefined;
    if (Object.keys(wrongWith(draft.peek(), offered)).length > 0) return focusWrong();
    busy.value = dry ? 'dry' : 'real';
    const body = { ...orderOf(draft.peek()), ...(confirmed.peek() ? { confirm_warnings: true } : {}) };
    try {
      const accepted =
        changing === undefined
          ? await api.order(body, dry)
          : await api.change(changing, dry ? { ...body, plan_only: true } : body);
      followRun(body.cluster_name, accepted);
    } catch (reason) {
      if (isAbort(reason)) return;
      const error = toApiError(reason);
      const placed = error.causes.filter(({ field }) => placeOf(field, draft.peek()) !== '');
      said.value = Object.fromEntries(
        placed.map(({ field, message }) => [placeOf(field, draft.peek()), message]),
      );
      failed.value = { error, placed };
      focusWrong();
    } finally {
      busy.value = '';
    }
  }

  const texts = provisioning();
  const name = draft.value.cluster_name.trim();
  return (
    <form
      class="order"
      ref={form}
      noValidate
      autocomplete="off"
      onInput={onInput}
      onSubmit={(event) => {
        event.preventDefault();
        send(true); // Enter only looks: nothing is made by a key pressed too soon
      }}
    >
      <div class="order-fields">
        <OrderFields
          draft={draft.value}
          wrong={wrong}
          lists={lists}
          changing={changing !== undefined}
          opened={opened.value}
          onOpen={(section, open) => {
            const next = new Set(opened.peek());
            if (open) next.add(section);
            else next.delete(section);
            opened.value = next;
          }}
          onChange={change}
        />
      </div>
      <aside class="order-side" aria-label={texts.costTitle}>
        <Estimate draft={draft.value} sound={Object.keys(found).every((field) => field === 'cluster_name')} />
        <div class="order-end">
          <Check
            label={texts.fields.require_approval}
            hint={texts.switchHints.require_approval}
            checked={draft.value.require_approval}
            onChange={(on) => change({ require_approval: on }, 'require_approval')}
          />
          {failed.value && (
            <ErrorBox
              failed={changing === undefined ? texts.orderFailed : texts.changeFailed}
              error={failed.value.error}
              shown={failed.value.placed}
              needs={NEEDS()}
              actions={<ActiveRunLink error={failed.value.error} name={changing ?? name} />}
            />
          )}
          {(confirmed.value || canBeConfirmed(failed.value?.error)) && <Confirm confirmed={confirmed} />}
          <RunnerQueue />
          <div class="form-actions">
            <button
              type="submit"
              class="button"
              disabled={busy.value !== '' || refusal !== undefined}
              title={refusal ?? texts.dryTip}
            >
              {busy.value === 'dry' ? texts.sending : changing === undefined ? texts.dryRun : texts.planOnly}
            </button>
            <button
              type="button"
              class="button button-main"
              disabled={busy.value !== '' || refusal !== undefined}
              title={refusal}
              onClick={() => send(false)}
            >
              {busy.value === 'real'
                ? texts.sending
                : changing !== undefined
                  ? texts.changeAction(changing)
                  : found.cluster_name
                    ? texts.provisionAction
                    : texts.provisionNamed(name)}
            </button>
          </div>
        </div>
      </aside>
    </form>
  );
}

/** What AWS offers. A list that could not be read only fails to help: the gateway asks again in the end. */
function useLists({ region, kubernetes_version }: Draft): Lists {
  const versions = useMemo(() => new Query(api.versions), []);
  useEffect(() => {
    versions.load();
  }, []);
  const regions = useList('all', api.regions)?.map(({ name }) => name) ?? [];
  const wanted = regions.includes(region.trim()) ? region.trim() : '';
  const version = kubernetes_version.trim();
  return {
    versions: versions.data.value?.items ?? [],
    versionsSource: versions.data.value?.source ?? '',
    regions,
    types: useList(wanted, (signal) => api.instanceTypes(wanted, signal)) ?? [],
    addons: useList(wanted && version && `${wanted} ${version}`, (signal) =>
      api.addons(wanted, version, signal),
    ),
  };
}

/** Read when what it is about is known, and anew when that is another; empty where it cannot be had. */
function useList<T>(
  about: string,
  read: (signal: AbortSignal) => Promise<{ items: T[] }>,
): readonly T[] | undefined {
  const query = useMemo(() => (about === '' ? undefined : new Query(read)), [about]);
  useEffect(() => {
    query?.load();
    return () => query?.cancel();
  }, [query]);
  return query?.error.value ? [] : query?.data.value?.items;
}
