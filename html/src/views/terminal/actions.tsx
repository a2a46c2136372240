// The way from a pod to a shell in it.
import { logContainersOf } from '../../kinds/containers';
import { openShell } from '../../lib/shells';
import { shellTexts } from '../../texts/terminal';
import { Icon } from '../../ui/icons';
import { Popover } from '../../ui/popover';
import type { DetailProps } from '../jobs/detail';
import '../../styles/dock.css';

export function PodActions({ cluster, object }: DetailProps) {
  const { name: pod, namespace = '' } = object.metadata;
  const containers = logContainersOf(object).filter(({ isOver }) => !isOver);
  const open = (container: string) => openShell({ cluster, namespace, pod, container });
  const first = containers[0];
  if (!first) return null;
  if (containers.length === 1)
    return (
      <button
        type="button"
        class="button"
        title={shellTexts().openTip(first.name)}
        onClick={() => open(first.name)}
      >
        {shellTexts().open}
      </button>
    );
  return (
    <Popover
      label={shellTexts().openIn}
      align="end"
      button={
        <>
          <span aria-hidden="true">{shellTexts().open}</span>
          <Icon name="down" />
        </>
      }
    >
      {(close) => (
        <ul class="shell-choice">
          {containers.map(({ name }) => (
            <li key={name}>
              <button
                type="button"
                class="option mono"
                onClick={() => {
                  close();
                  open(name);
                }}
              >
                {name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
