// One webhook: what it is told, how its deliveries went, and what can be done about those that did not arrive.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, toApiError } from '../../api/error';
import {
  type Delivery,
  deleteWebhook,
  deliveries,
  retryDelivery,
  testWebhook,
  type Webhook,
} from '../../api/jobs';
import { Query } from '../../api/query';
import type { Mark as MarkName } from '../../kinds/health';
import { age } from '../../lib/age';
import { clusterOf } from '../../lib/gate';
import { now } from '../../lib/media';
import { patch } from '../../router';
import { t } from '../../texts';
import { hooks } from '../../texts/hooks';
import { detail } from '../../texts/object';
import { Age } from '../../ui/age';
import { confirm } from '../../ui/dialog';
import { ChangeButtons, DrawerFrame } from '../../ui/drawer';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Fact, Facts } from '../../ui/facts';
import { Mark, Status } from '../../ui/mark';
import { State, States } from '../../ui/states';
import { Waiting } from '../../ui/waiting';
import { JobLink } from '../jobs/detail';

interface HookDrawerProps {
  id: string;
  hook: Webhook | undefined;
  tab: string;
  onChanged(): void;
  onClose(): void;
}

/** Deliveries come and go in seconds. */
const WATCH_MS = 3_000;

export function HookDrawer({ id, hook, tab, onChanged, onClose }: HookDrawerProps) {
  const query = useMemo(() => new Query((signal) => deliveries(id, signal)), [id]);
  const failed = useSignal<{ what: string; error: ApiError } | undefined>(undefined);
  const tested = useSignal(false);
  const there = hook !== undefined;
  useEffect(() => {
    if (!there) return;
    query.load();
    const timer = setInterval(() => document.visibilityState === 'visible' && query.load(), WATCH_MS);
    return () => {
      clearInterval(timer);
      query.cancel();
    };
  }, [query, there]);

  async function attempt(what: string, run: () => Promise<unknown>): Promise<boolean> {
    failed.value = undefined;
    try {
      await run();
      query.renew();
      return true;
    } catch (error) {
      failed.value = { what, error: toApiError(error) };
      return false;
    }
  }

  async function remove(url: string): Promise<void> {
    const yes = await confirm({
      title: hooks().removeTitle,
      effect: [url, hooks().removeEffect],
      action: hooks().removeAction,
      danger: true,
    });
    if (!yes || !(await attempt(hooks().removeFailed, () => deleteWebhook(id)))) return;
    onChanged();
    onClose();
  }

  const items = query.data.value?.items;
  const dead = items?.filter(({ state }) => state === 'dead').length ?? 0;
  const shown = tab === 'deliveries' ? 'deliveries' : 'summary';
  return (
    <DrawerFrame
      kind={hooks().webhook}
      name={hook?.url ?? id}
      tabs={[
        { id: 'summary', label: detail().tabs.summary },
        { id: 'deliveries', label: hooks().deliveries, count: items?.length, faults: dead },
      ]}
      tab={shown}
      onTab={(next) => patch('webhooks', { tab: next === 'summary' ? '' : next })}
      onClose={onClose}
      actions={
        hook && (
          <>
            <button
              type="button"
              class="button"
              onClick={async () => {
                tested.value = await attempt(hooks().testFailed, () => testWebhook(id));
                if (tested.peek()) patch('webhooks', { tab: 'deliveries' });
              }}
            >
              {hooks().test}
            </button>
            <ChangeButtons onRemove={() => remove(hook.url)} />
          </>
        )
      }
    >
      {failed.value && <ErrorBox slim failed={failed.value.what} error={failed.value.error} />}
      {!hook && <Empty title={hooks().gone} why={hooks().goneWhy} />}
      {hook && shown === 'summary' && <Summary hook={hook} />}
      {hook && shown === 'deliveries' && (
        <>
          {tested.value && (
            <div class="strip" role="status">
              <Mark mark="progressing" />
              <span class="strip-text">{hooks().tested}</span>
            </div>
          )}
          {query.error.value && (
            <ErrorBox
              slim={items !== undefined}
              failed={hooks().deliveriesFailed}
              error={query.error.value}
            />
          )}
          {!items && !query.error.value && <Waiting what={hooks().waitingDeliveries} />}
          {items?.length === 0 && <Empty title={hooks().noDeliveries} why={hooks().noDeliveriesWhy} />}
          {items && items.length > 0 && (
            <div class="summary">
              <States>
                {items.map((delivery) => (
                  <DeliveryState
                    key={delivery.id}
                    delivery={delivery}
                    onRetry={() => attempt(hooks().retryFailed, () => retryDelivery(id, delivery.id))}
                  />
                ))}
              </States>
            </div>
          )}
        </>
      )}
    </DrawerFrame>
  );
}

function Summary({ hook }: { hook: Webhook }) {
  return (
    <div class="summary">
      {hook.dropped > 0 && (
        <p class="strip strip-warn">
          <Mark mark="bad" />
          {hooks().dropped(hook.dropped)}
        </p>
      )}
      <Facts>
        <Fact name={t().columns.status}>
          <Status
            mark={hook.enabled ? 'ok' : 'unknown'}
            word={hook.enabled ? hooks().enabled : hooks().disabled}
          />
        </Fact>
        <Fact name={hooks().eventsTitle}>
          {hook.events.map((event) => hooks().events[event] ?? event).join(', ')}
        </Fact>
        <Fact name={t().clusters}>
          {hook.clusters ? hook.clusters.map((id) => clusterOf(id)?.name ?? id).join(', ') : hooks().all}
        </Fact>
        <Fact name={hooks().namespaces}>{hook.namespaces?.join(', ') ?? hooks().all}</Fact>
        <Fact name={t().columns.created}>
          <Age time={hook.created_at} /> <span class="muted mono">{hook.created_at}</span>
        </Fact>
        {hook.created_by && (
          <Fact name={hooks().createdBy}>
            <span class="mono">{hook.created_by}</span>
          </Fact>
        )}
        <Fact name="id">
          <span class="mono">{hook.id}</span>
        </Fact>
      </Facts>
      <p class="muted">{hooks().signed}</p>
    </div>
  );
}

const MARKS: Record<Delivery['state'], MarkName> = { pending: 'progressing', delivered: 'ok', dead: 'bad' };

function DeliveryState({ delivery, onRetry }: { delivery: Delivery; onRetry(): void }) {
  const { state, cluster, namespace, job_name, last_status } = delivery;
  const said = delivery.last_error || (last_status ? hooks().answered(last_status) : '');
  return (
    <State
      mark={MARKS[state]}
      name={delivery.event}
      mono
      word={hooks().states[state]}
      aside={
        <>
          {cluster && namespace && job_name && <JobLink cluster={cluster} job={{ namespace, job_name }} />}
          {state === 'dead' && (
            <button type="button" class="button state-button" onClick={onRetry}>
              {hooks().retry}
            </button>
          )}
        </>
      }
      time={<Age time={delivery.created_at} />}
      message={messageOf(delivery, said)}
    />
  );
}

function messageOf({ state, attempts, next_attempt_at }: Delivery, said: string): string | undefined {
  if (state === 'delivered') return hooks().arrived(attempts);
  if (state === 'dead') return hooks().gaveUp(attempts, said);
  if (attempts === 0) return undefined;
  return hooks().tryingAgain(
    attempts,
    age(new Date(now.value).toISOString(), Date.parse(next_attempt_at ?? '')),
    said,
  );
}
