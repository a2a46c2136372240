// Add the contexts of a kubeconfig, from a file or pasted. The text leaves the page when all of them are in.
import { batch, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type ApiError, isAbort, toApiError } from '../../api/error';
import * as gateway from '../../api/gateway';
import type { ContextOutcome } from '../../api/types';
import { clusters, forgetCluster } from '../../lib/gate';
import { listHref } from '../../router';
import { t } from '../../texts';
import { forms } from '../../texts/connect';
import { ErrorBox } from '../../ui/error';
import { Check, FieldFrame, TextField } from '../../ui/field';
import { Status } from '../../ui/mark';
import { Working } from '../../ui/working';

export function KubeconfigPage() {
  const form = useRef<HTMLFormElement>(null);
  const controller = useRef<AbortController | undefined>(undefined);
  const busy = useSignal(false);
  const replace = useSignal(false);
  const missing = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const outcomes = useSignal<ContextOutcome[]>([]);

  useEffect(() => () => controller.current?.abort(), []);

  async function take(event: Event): Promise<void> {
    const file = (event.currentTarget as HTMLInputElement).files?.[0];
    const text = form.current?.elements.namedItem('kubeconfig');
    if (file && text instanceof HTMLTextAreaElement) text.value = await file.text();
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const element = form.current;
    if (!element || busy.peek()) return;
    const text = String(new FormData(element).get('kubeconfig') ?? '');
    batch(() => {
      missing.value = text.trim() === '';
      failed.value = undefined;
      outcomes.value = [];
    });
    if (missing.peek()) return;
    controller.current = new AbortController();
    busy.value = true;
    try {
      const { items } = await gateway.addKubeconfig(text, replace.peek(), controller.current.signal);
      outcomes.value = items;
      for (const { connection_id } of items) if (connection_id) forgetCluster(connection_id);
      if (items.every((item) => item.connection_id)) element.reset();
      await clusters.load();
    } catch (error) {
      if (!isAbort(error)) failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  }

  const taken = failed.value?.status === 409 || outcomes.value.some((item) => item.status === 409);
  return (
    <div class="view view-form">
      <div class="view-head">
        <h1>{t().addKubeconfig}</h1>
      </div>
      <form class="form" ref={form} onSubmit={submit} noValidate autocomplete="off">
        <p>{forms().kubeconfigWhy}</p>
        <FieldFrame name="file" label={forms().kubeconfigFile}>
          <input class="input" type="file" id="file" onChange={take} />
        </FieldFrame>
        <TextField
          name="kubeconfig"
          label={forms().kubeconfigText}
          hint={forms().kubeconfigHint}
          mono
          lines={12}
          error={missing.value ? forms().kubeconfigNeeded : undefined}
        />
        {(taken || replace.value) && (
          <Check
            label={forms().kubeconfigReplace}
            hint={forms().kubeconfigReplaceHint}
            checked={replace.value}
            onChange={(checked) => {
              replace.value = checked;
            }}
          />
        )}
        {failed.value && <ErrorBox failed={forms().kubeconfigFailed} error={failed.value} />}
        <div class="form-actions">
          <button type="submit" class="button button-main" disabled={busy.value}>
            {busy.value ? forms().adding : t().addKubeconfig}
          </button>
          {busy.value ? (
            <Working what={forms().adding} onCancel={() => controller.current?.abort()} />
          ) : (
            <a class="button" href="/">
              {t().cancel}
            </a>
          )}
        </div>
      </form>
      {outcomes.value.length > 0 && <Outcomes items={outcomes.value} />}
    </div>
  );
}

function Outcomes({ items }: { items: ContextOutcome[] }) {
  return (
    <section class="form" aria-label={forms().outcomes} aria-live="polite">
      <h2>{forms().outcomes}</h2>
      <ul>
        {items.map((item) => (
          <li key={item.name}>
            {item.connection_id ? (
              <a href={listHref({ cluster: item.connection_id })}>{item.name}</a>
            ) : (
              <strong>{item.name}</strong>
            )}{' '}
            <Status mark={item.connection_id ? 'ok' : 'bad'} word={wordOf(item)} />
            {item.identity && <div class="muted">{item.identity}</div>}
            <Faults item={item} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function wordOf({ connection_id, status }: ContextOutcome): string {
  if (!connection_id) return forms().contextRefused;
  return status === 201 ? forms().contextAdded : forms().contextRenewed;
}

function Faults({ item: { error } }: { item: ContextOutcome }) {
  if (!error) return null;
  const causes = error.details?.causes ?? [];
  if (causes.length === 0) return <div>{error.message}</div>;
  return (
    <ul>
      {causes.map((cause) => (
        <li key={cause.field}>
          <code>{cause.field}</code> {cause.message}
        </li>
      ))}
    </ul>
  );
}
