// What goes with an object that is deleted, named before it is: the pods of a job, all that is in a namespace.
import type { Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { table } from '../../api/gateway';
import { namespace } from '../../api/jobs';
import { Query } from '../../api/query';
import type { KubeObject } from '../../api/types';
import { editing } from '../../texts/edit';
import { ErrorBox } from '../../ui/error';
import { Check } from '../../ui/field';
import { Names } from '../../ui/names';
import '../../styles/edit.css';

interface LossProps {
  cluster: string;
  object: KubeObject;
}

function useLoss<T>(read: (signal: AbortSignal) => Promise<T>): Query<T> {
  const query = useMemo(() => new Query(read), []);
  useEffect(() => {
    query.load();
    return () => query.cancel();
  }, [query]);
  return query;
}

/** The pods of jobs, or those of one. */
export function JobLoss({ cluster, object }: LossProps) {
  const { name, namespace: space } = object.metadata;
  const query = useLoss((signal) => {
    const labelSelector = `batch.kubernetes.io/job-name=${name}`;
    return table(cluster, 'pods', { namespace: space, labelSelector }, signal);
  });
  const error = query.error.value;
  if (error) return <ErrorBox failed={editing().lossFailed(name)} error={error} />;
  const pods = query.data.value?.rows.map((row) => row.name);
  if (!pods) return <p class="muted">{editing().lossReading}</p>;
  if (pods.length === 0) return <p>{editing().lossNoPods}</p>;
  return <Names title={editing().lossPods(pods.length)} names={pods} />;
}

interface NamespaceLossProps extends LossProps {
  /** Set where the cluster may not work without it and that is said to be meant. */
  force: Signal<boolean>;
}

export function NamespaceLoss({ cluster, object, force }: NamespaceLossProps) {
  const { name } = object.metadata;
  const query = useLoss((signal) => namespace(cluster, name, signal));
  const error = query.error.value;
  if (error) return <ErrorBox failed={editing().lossFailed(name)} error={error} />;
  const found = query.data.value;
  if (!found) return <p class="muted">{editing().lossReading}</p>;
  const names = found.contents.map(({ type, count }) => editing().lossOf(count, type));
  return (
    <>
      {names.length === 0 ? (
        <p>{editing().lossEmpty}</p>
      ) : (
        <Names title={editing().lossContents} names={names} />
      )}
      {found.system && (
        <Check
          label={editing().removeSystem}
          hint={editing().removeSystemHint}
          checked={force.value}
          onChange={(on) => {
            force.value = on;
          }}
        />
      )}
    </>
  );
}
