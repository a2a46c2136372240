// What a view shows that is no list, read again when something changes in the cluster.
import { useEffect, useMemo } from 'preact/hooks';
import { Changes } from '../api/changes';
import type { RowEvent } from '../api/events';

interface Watched {
  /** Called when something has changed, soon and not too often. */
  read(): Promise<void>;
  /** Is told what has changed, and asks for a reading where one is needed. */
  rows?(kind: string, events: readonly RowEvent[]): void;
}

/** Follows the kinds for as long as the component is shown. `inputs` are what the functions were made from. */
export function useChanges(
  cluster: string,
  kinds: readonly string[],
  { read, rows }: Watched,
  inputs: readonly unknown[],
): Changes {
  const changes = useMemo(() => new Changes(cluster, kinds, read, rows), [cluster, ...inputs]);
  useEffect(() => {
    changes.start();
    return () => changes.stop();
  }, [changes]);
  return changes;
}
