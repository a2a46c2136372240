// A new webhook. Its secret is shown once, here, and never again.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type ApiError, type Cause, toApiError } from '../../api/error';
import { createWebhook, EVENTS, type HookEvent, type NewWebhook, type Webhook } from '../../api/jobs';
import { clusterList } from '../../lib/gate';
import { to } from '../../router';
import { t } from '../../texts';
import { hooks } from '../../texts/hooks';
import { CopyButton } from '../../ui/copy';
import { ErrorBox } from '../../ui/error';
import { Check, TextField } from '../../ui/field';
import { Mark } from '../../ui/mark';
import '../../styles/jobs.css';

const DEFAULT: readonly HookEvent[] = ['job.succeeded', 'job.failed'];
const FIELDS = ['url', 'namespaces', 'secret'];

export function NewWebhookPage() {
  const made = useSignal<Webhook | undefined>(undefined);
  return (
    <div class="view view-form">
      <div class="view-head">
        <h1>{t().newWebhook}</h1>
      </div>
      {made.value ? (
        <Made hook={made.value} />
      ) : (
        <HookForm
          onMade={(hook) => {
            made.value = hook;
          }}
        />
      )}
    </div>
  );
}

function Made({ hook }: { hook: Webhook }) {
  const secret = hook.secret ?? '';
  return (
    <div class="form">
      <div class="strip strip-warn" role="status">
        <Mark mark="ok" />
        <div class="strip-text">
          <p>
            <strong>{hooks().made}</strong>
          </p>
          <p>{hooks().secretOnce}</p>
        </div>
      </div>
      <div class="field">
        <span class="label">{hooks().secret}</span>
        <div class="secret">
          <code>{secret}</code>
          <CopyButton label={t().copy} text={() => secret} />
        </div>
      </div>
      <p class="muted">{hooks().signed}</p>
      <div class="form-actions">
        <a class="button button-main" href={to('webhooks', { open: hook.id })}>
          {hooks().secretKept}
        </a>
      </div>
    </div>
  );
}

function HookForm({ onMade }: { onMade(hook: Webhook): void }) {
  const form = useRef<HTMLFormElement>(null);
  const events = useSignal<readonly HookEvent[]>(DEFAULT);
  const clusters = useSignal<readonly string[]>([]);
  const wrong = useSignal<Record<string, string>>({});
  const failed = useSignal<{ error: ApiError; placed: Cause[] } | undefined>(undefined);
  const busy = useSignal(false);

  function read(): NewWebhook | undefined {
    const data = new FormData(form.current ?? undefined);
    const field = (name: string) => String(data.get(name) ?? '').trim();
    const url = field('url');
    const namespaces = field('namespaces')
      .split(/[\s,]+/)
      .filter((name) => name !== '');
    const found: Record<string, string> = {};
    if (!/^https?:\/\/\S+$/.test(url)) found.url = hooks().wrongUrl;
    if (events.peek().length === 0) found.events = hooks().wrongEvents;
    wrong.value = found;
    if (Object.keys(found).length > 0) return undefined;
    const secret = field('secret');
    return {
      url,
      events: EVENTS.filter((event) => events.peek().includes(event)),
      ...(clusters.peek().length > 0 ? { clusters: [...clusters.peek()] } : {}),
      ...(namespaces.length > 0 ? { namespaces } : {}),
      ...(secret === '' ? {} : { secret }),
    };
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy.peek()) return;
    const body = read();
    failed.value = undefined;
    if (!body) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
      return;
    }
    busy.value = true;
    try {
      const hook = await createWebhook(body);
      onMade({ ...hook, secret: hook.secret ?? body.secret });
    } catch (reason) {
      const error = toApiError(reason);
      const placed = error.causes.filter(({ field }) => FIELDS.includes(field));
      wrong.value = Object.fromEntries(placed.map(({ field, message }) => [field, message]));
      failed.value = { error, placed };
    } finally {
      busy.value = false;
    }
  }

  const toggled = <T extends string>(list: readonly T[], item: T, on: boolean) =>
    on ? [...list, item] : list.filter((other) => other !== item);
  return (
    <form class="form" ref={form} onSubmit={submit} noValidate autocomplete="off">
      <TextField
        name="url"
        label={hooks().url}
        hint={hooks().urlHint}
        mono
        required
        error={wrong.value.url}
      />
      <fieldset class="radios">
        <legend>{hooks().eventsTitle}</legend>
        {EVENTS.map((event) => (
          <Check
            key={event}
            label={hooks().events[event] ?? event}
            checked={events.value.includes(event)}
            onChange={(on) => {
              events.value = toggled(events.peek(), event, on);
            }}
          />
        ))}
        {wrong.value.events && <p class="field-error">{wrong.value.events}</p>}
      </fieldset>
      {clusterList.value.length > 0 && (
        <fieldset class="radios">
          <legend>
            {t().clusters}
            <span class="field-optional">{hooks().allWhenNone}</span>
          </legend>
          {clusterList.value.map(({ id, name, region }) => (
            <Check
              key={id}
              label={hooks().clusterIn(name, region)}
              checked={clusters.value.includes(id)}
              onChange={(on) => {
                clusters.value = toggled(clusters.peek(), id, on);
              }}
            />
          ))}
        </fieldset>
      )}
      <TextField
        name="namespaces"
        label={hooks().namespaces}
        optional={hooks().allWhenNone}
        hint={hooks().namespacesHint}
        mono
        error={wrong.value.namespaces}
      />
      <TextField
        name="secret"
        label={hooks().secret}
        optional={t().optional}
        hint={hooks().secretHint}
        secret
        mono
        error={wrong.value.secret}
      />
      {failed.value && (
        <ErrorBox
          failed={hooks().createFailed}
          error={failed.value.error}
          shown={failed.value.placed}
          needs={hooks().needsAdmin}
        />
      )}
      <div class="form-actions">
        <button type="submit" class="button button-main" disabled={busy.value}>
          {busy.value ? hooks().creating : hooks().create}
        </button>
        <a class="button" href="/webhooks">
          {t().cancel}
        </a>
      </div>
    </form>
  );
}
