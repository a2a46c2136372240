// Deleting one object: named, with what becomes of what it owns, and typed out where much hangs on it.
import { useSignal } from '@preact/signals';
import { call } from '../../api/client';
import { type ApiError, toApiError } from '../../api/error';
import { deleteNamespace } from '../../api/jobs';
import type { KubeObject, Resource } from '../../api/types';
import { refreshNow } from '../../lib/refresh';
import { t } from '../../texts';
import { editing } from '../../texts/edit';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error';
import { Radios, TextField } from '../../ui/field';
import { JobLoss, NamespaceLoss } from './loss';

type Policy = 'Background' | 'Foreground' | 'Orphan';
const POLICIES: readonly Policy[] = ['Background', 'Foreground', 'Orphan'];

/** Kinds whose loss takes data or a whole part of the cluster with it. */
const GRAVE = new Set([
  'namespaces',
  'nodes',
  'persistentvolumes',
  'persistentvolumeclaims',
  'statefulsets.apps',
  'customresourcedefinitions.apiextensions.k8s.io',
]);
const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';
const NAMESPACES = 'namespaces';
const JOBS = 'jobs.batch';

/** Kinds of the API itself that own others; one that was defined may. */
function mayOwn(resource: Resource): boolean {
  return ['apps', 'batch'].includes(resource.group) || resource.group.includes('.');
}

/** Not another one that has come under its name meanwhile. */
function deleteObject(path: string, propagationPolicy: Policy, uid: string | undefined): Promise<unknown> {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy, preconditions: { uid } };
  return call(path, { method: 'DELETE', body });
}

interface RemoveProps {
  cluster: string;
  object: KubeObject;
  resource: Resource;
  path: string;
  onClose(): void;
}

export function Remove({ cluster, object, resource, path, onClose }: RemoveProps) {
  const policy = useSignal<Policy>('Background');
  const busy = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const wrong = useSignal(false);
  const force = useSignal(false);
  const { name, namespace, uid } = object.metadata;
  const grave = GRAVE.has(resource.type);
  const title = editing().removeTitle(resource.kind, name);

  async function remove(event: Event): Promise<void> {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement).get('name');
    wrong.value = grave && typed !== name;
    if (wrong.value || busy.value) return;
    busy.value = true;
    failed.value = undefined;
    try {
      if (resource.type === NAMESPACES) await deleteNamespace(cluster, name, force.peek());
      else await deleteObject(path, policy.peek(), uid);
      refreshNow();
      onClose();
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <Dialog label={title} onClose={onClose}>
      <form class="form" onSubmit={remove} noValidate>
        <h2>{title}</h2>
        <div>
          {namespace && <p>{editing().removeFrom(namespace)}</p>}
          {resource.type === DEFINITIONS && <p>{editing().removeGroup}</p>}
          <p>{editing().removeEffect}</p>
        </div>
        {resource.type === JOBS && policy.value !== 'Orphan' && <JobLoss cluster={cluster} object={object} />}
        {resource.type === NAMESPACES && <NamespaceLoss cluster={cluster} object={object} force={force} />}
        {mayOwn(resource) && (
          <Radios
            name="policy"
            label={editing().owned}
            value={policy.value}
            choices={POLICIES.map((value) => ({ value, label: editing().policies[value] }))}
            onChange={(value) => {
              policy.value = value;
            }}
          />
        )}
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
            {busy.value ? editing().removing : editing().removeAction(resource.kind, name)}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
