// Deleting one object: named, with what becomes of what it owns, and typed out where much hangs on it.
import { useSignal } from '@preact/signals';
import { call } from '../../api/client';
import { deleteNamespace } from '../../api/jobs';
import type { KubeObject, Resource } from '../../api/types';
import { refreshNow } from '../../lib/refresh';
import { editing } from '../../texts/edit';
import { Radios } from '../../ui/field';
import { RemoveDialog } from '../../ui/remove';
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
  const force = useSignal(false);
  const { name, namespace, uid } = object.metadata;
  return (
    <RemoveDialog
      kind={resource.kind}
      name={name}
      grave={GRAVE.has(resource.type)}
      remove={() =>
        resource.type === NAMESPACES
          ? deleteNamespace(cluster, name, force.peek())
          : deleteObject(path, policy.peek(), uid)
      }
      onClose={onClose}
      onDone={() => {
        refreshNow();
        onClose();
      }}
    >
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
    </RemoveDialog>
  );
}
