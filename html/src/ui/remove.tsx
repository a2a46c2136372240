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
  /** What is said instead where it is not deleting: the last three of the button, while it goes on, when it failed. */
  words?: { title: string; type: string; action: string; busy: string; failed: string };
  remove(): Promise<unknown>;
  onClose(): void;
  onDone(): void;
  /** What becomes of it and of what hangs on it. */
  children: ComponentChildren;
}

export function RemoveDialog(props: RemoveDialogProps) {
  const { kind, name, grave, remove, onClose, onDone, children } = props;
  const busy = useSignal(false);
  const wrong = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const words = props.words ?? {
    title: editing().removeTitle(kind, name),
    type: editing().removeType(name),
    action: editing().removeAction(kind, name),
    busy: editing().removing,
    failed: editing().removeFailed(name),
  };

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
    <Dialog label={words.title} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <h2>{words.title}</h2>
        {children}
        {grave && (
          <TextField name="name" label={words.type} mono error={wrong.value ? words.type : undefined} />
        )}
        {failed.value && <ErrorBox failed={words.failed} error={failed.value} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t().cancel}
          </button>
          <button type="submit" class="button button-danger" disabled={busy.value}>
            {busy.value ? words.busy : words.action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
