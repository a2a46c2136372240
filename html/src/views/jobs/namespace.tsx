// A new namespace, by its name.
import { useSignal } from '@preact/signals';
import { type ApiError, toApiError } from '../../api/error';
import { createNamespace } from '../../api/jobs';
import { namespacesOf } from '../../lib/gate';
import { listHref, navigate } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error';
import { TextField } from '../../ui/field';
import { Icon } from '../../ui/icons';
import { isNamespace } from './read';

export function NewNamespace({ cluster }: { cluster: string }) {
  const asking = useSignal(false);
  return (
    <>
      <button
        type="button"
        class="button button-main"
        onClick={() => {
          asking.value = true;
        }}
      >
        <Icon name="plus" />
        {jobTexts().newNamespace}
      </button>
      {asking.value && (
        <NamespaceDialog
          cluster={cluster}
          onClose={() => {
            asking.value = false;
          }}
        />
      )}
    </>
  );
}

function NamespaceDialog({ cluster, onClose }: { cluster: string; onClose(): void }) {
  const busy = useSignal(false);
  const wrong = useSignal<string | undefined>(undefined);
  const failed = useSignal<{ name: string; error: ApiError } | undefined>(undefined);

  async function create(event: Event): Promise<void> {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get('namespace_name')).trim();
    wrong.value = isNamespace(name) ? undefined : jobTexts().wrongNamespace;
    failed.value = undefined;
    if (wrong.value || busy.peek()) return;
    busy.value = true;
    try {
      await createNamespace(cluster, name);
      namespacesOf(cluster).renew();
      onClose();
      navigate(listHref({ cluster, kind: 'namespaces', open: name }));
    } catch (reason) {
      const error = toApiError(reason);
      wrong.value = error.fields.namespace_name;
      if (!wrong.value) failed.value = { name, error };
    } finally {
      busy.value = false;
    }
  }

  return (
    <Dialog label={jobTexts().newNamespace} onClose={onClose}>
      <form class="form" onSubmit={create} noValidate>
        <h2>{jobTexts().newNamespace}</h2>
        <TextField name="namespace_name" label={t().columns.name} mono required error={wrong.value} />
        {failed.value && (
          <ErrorBox failed={jobTexts().namespaceFailed(failed.value.name)} error={failed.value.error} />
        )}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t().cancel}
          </button>
          <button type="submit" class="button button-main" disabled={busy.value}>
            {busy.value ? jobTexts().creating : jobTexts().createNamespace}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
