// The map as it changes: what to follow, when to put it in, and when to read the whole again.
import { effect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Changes } from '../../api/changes';
import type { RowEvent } from '../../api/events';
import { table } from '../../api/gateway';
import type { Topology } from '../../api/graph';
import type { Query } from '../../api/query';
import { useChanges } from '../../lib/changes';
import { applyOthers, applyPods, FOLLOWED, type PodCells, podCells, Weigher } from './changes';

/** A large cluster is not read again every few seconds: its map is megabytes. */
const LARGE = 3000;

export function isLarge(query: Query<Topology>): boolean {
  return (query.data.value?.nodes.length ?? 0) > LARGE;
}

const GATHER_MS = 400;
const GATHER_LARGE_MS = 2000;

/** What changes flows into the map; where that leaves something open, the map is read again. */
export function useMapChanges(cluster: string, query: Query<Topology>): Changes {
  const flow = useMemo(() => new MapFlow(cluster, query), [cluster, query]);
  useEffect(() => () => flow.stop(), [flow]);
  const changes: Changes = useChanges(
    cluster,
    FOLLOWED,
    {
      read: () => query.renew(),
      rows: (kind, events) => {
        if (flow.take(kind, events)) changes.want();
      },
    },
    [flow],
  );
  return changes;
}

class MapFlow {
  private pods: RowEvent[] = [];
  private others: [string, RowEvent][] = [];
  private readonly weigher = new Weigher();
  private cells: PodCells | undefined;
  private known: { graph: Topology | undefined; ids: ReadonlySet<string> } = {
    graph: undefined,
    ids: new Set(),
  };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stopReading: () => void;
  private readonly asking = new AbortController();

  constructor(
    cluster: string,
    private readonly query: Query<Topology>,
  ) {
    // An event has cells without names; one row of the list has those.
    table(cluster, 'pods', { limit: 1 }, this.asking.signal).then(
      ({ columns }) => {
        this.cells = podCells(columns);
      },
      () => undefined,
    );
    // A reading may be older than what came while it was made.
    this.stopReading = effect(() => {
      if (!query.loading.value) this.gather();
    });
  }

  stop(): void {
    this.asking.abort();
    clearTimeout(this.timer);
    this.stopReading();
  }

  /** Whether the map has to be read again. */
  take(kind: string, events: readonly RowEvent[]): boolean {
    const known = this.ids();
    const weighed = events.map((event) => this.weigher.weighs(kind, event, known));
    if (kind === 'pods') {
      if (!this.cells) return true;
      this.pods.push(...events);
    } else {
      for (const event of events) this.others.push([kind, event]);
    }
    this.gather();
    return weighed.includes(true);
  }

  private ids(): ReadonlySet<string> {
    const graph = this.query.data.peek();
    if (graph !== this.known.graph) {
      this.known = { graph, ids: new Set(graph?.nodes.map(({ id }) => id)) };
    }
    return this.known.ids;
  }

  private gather(): void {
    if (this.pods.length === 0 && this.others.length === 0) return;
    const large = (this.query.data.peek()?.nodes.length ?? 0) > LARGE;
    this.timer ??= setTimeout(() => this.flush(), large ? GATHER_LARGE_MS : GATHER_MS);
  }

  private flush(): void {
    this.timer = undefined;
    const { data, loading } = this.query;
    const graph = data.peek();
    if (!graph || loading.peek()) return; // again when it has been read
    data.value = applyOthers(this.cells ? applyPods(graph, this.pods, this.cells) : graph, this.others);
    this.pods = [];
    this.others = [];
  }
}
