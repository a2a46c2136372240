// The logs of all pods of a job, together.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { logsPath } from '../../api/jobs';
import { detail } from '../../texts/object';
import type { DetailProps } from '../jobs/detail';
import { jobLogUrl } from './follow';
import { LogPanel } from './logs';

interface JobSpec {
  template?: { spec?: { initContainers?: { name: string }[]; containers?: { name: string }[] } };
}

export function JobLogs({ cluster, object }: DetailProps) {
  const { name, namespace = '' } = object.metadata;
  const latest = useRef(object);
  latest.current = object;
  const container = useSignal('');
  const { initContainers = [], containers = [] } = (object.spec as JobSpec).template?.spec ?? {};
  const names = [...containers, ...initContainers].map((each) => each.name);
  const log = { path: logsPath(cluster, namespace, name), container: container.value };
  return (
    <LogPanel
      name={name}
      file={`${name}.log`}
      topic={`${log.path} ${container.value}`}
      follows
      many
      isOver={() => (latest.current.status?.conditions ?? []).some(isEnd)}
      url={(from, follow) => jobLogUrl({ ...log, from, follow })}
      choice={
        names.length > 1 && (
          <select
            class="input select mono"
            aria-label={detail().logContainer}
            value={container.value}
            onChange={(event) => {
              container.value = event.currentTarget.value;
            }}
          >
            <option value="">{detail().logAllContainers}</option>
            {names.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        )
      }
    />
  );
}

function isEnd({ type, status }: { type: string; status: string }): boolean {
  return status === 'True' && (type === 'Complete' || type === 'Failed');
}
