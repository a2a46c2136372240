// The way in where the gateway wants an API key.
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { type ApiError, toApiError } from '../../api/error';
import { signIn, whoami } from '../../api/gateway';
import { hasSessions, keyWanted, session, takeKey, wantKey } from '../../api/key';
import { clusters, health } from '../../lib/gate';
import { signing } from '../../texts/signin';
import { ErrorBox } from '../../ui/error';
import { Check, TextField } from '../../ui/field';

const LOOKS_RIGHT = /^eksgate_[0-9a-f]{16}_[0-9a-f]{72}$/;

async function enter(text: string, keep: boolean): Promise<void> {
  if (hasSessions) {
    session.value = (await signIn(text)).csrf ?? '';
  } else {
    takeKey(text, keep);
    await whoami();
  }
}

export function SignInView() {
  const form = useRef<HTMLFormElement>(null);
  const keep = useSignal(false);
  const busy = useSignal(false);
  const wrong = useSignal('');
  const failed = useSignal<ApiError | undefined>(undefined);
  const input = () => form.current?.elements.namedItem('key') as HTMLInputElement | undefined;

  useLayoutEffect(() => input()?.focus(), []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const field = input();
    if (!field || busy.value) return;
    const text = field.value.trim();
    wrong.value = LOOKS_RIGHT.test(text) ? '' : signing().notAKey;
    failed.value = undefined;
    if (wrong.value !== '') return field.focus();
    busy.value = true;
    try {
      await enter(text, keep.value);
      field.value = '';
      keyWanted.value = '';
      clusters.load();
      health.load();
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status === 401) wrong.value = error.message;
      else failed.value = error;
      wantKey(keyWanted.value);
      field.focus();
    } finally {
      busy.value = false;
    }
  }

  return (
    <section class="view view-form" aria-labelledby="signin-title">
      <header class="view-head">
        <h1 id="signin-title">{signing().title}</h1>
      </header>
      <form class="form" ref={form} onSubmit={submit} noValidate>
        <TextField
          name="key"
          label={signing().key}
          hint={signing().keyHint}
          error={wrong.value}
          secret
          mono
          required
        />
        {hasSessions ? (
          <p class="field-hint">{signing().session}</p>
        ) : (
          <Check
            label={signing().keep}
            hint={signing().keepHint}
            checked={keep.value}
            onChange={(checked) => {
              keep.value = checked;
            }}
          />
        )}
        {failed.value && <ErrorBox failed={signing().failed} error={failed.value} />}
        <div class="form-actions">
          <button type="submit" class="button button-main" disabled={busy.value}>
            {signing().signIn}
          </button>
        </div>
        <p class="field-hint">
          {signing().howTo} <code>eksgate key create --role viewer</code>
        </p>
      </form>
    </section>
  );
}
