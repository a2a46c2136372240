// The one question before something is deleted: what goes, what stays, and its name typed out where much hangs on it.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { type ApiError, toApiError } from '../api/error';
import { t } from '../texts';
import { editing } from '../texts/edit';
import { Dialog } from './dialog';
import { ErrorBox } from './error';
import { TextField } from './field';

interface RemoveDialogProps {
  kind: string;
  name: string;
  /** Its name is to be typed. */
  grave: boolean;
  remove(): Promise<unknown>;
  onClose(): void;
  onDone(): void;
  /** What becomes of it and of what hangs on it. */
  children: ComponentChildren;
}

export function RemoveDialog({ kind, name, grave, remove, onClose, onDone, children }: RemoveDialogProps) {
  const busy = useSignal(false);
  const wrong = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const title = editing().removeTitle(kind, name);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement).get('name');
    wrong.value = grave && typed !== name;
    if (wrong.value || busy.peek()) return;
    busy.value = true;
    failed.value = undefined;
    try {
      await remove();
      onDone();
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
        {children}
        {grave && (
          <TextField
            name="name"
            label={editing().removeType(name)}
            mono
            error={wrong.value ? editing().removeType(name) : undefined}
          />
        )}
        {failed.value && <ErrorBox failed={editing().removeFailed(name)} error={failed.value} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t().cancel}
          </button>
          <button type="submit" class="button button-danger" disabled={busy.value}>
            {busy.value ? editing().removing : editing().removeAction(kind, name)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
