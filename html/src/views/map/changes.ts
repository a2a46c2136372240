// What changes in the cluster, put into the map that is shown: pods come, go and change their state at once, and whatever
// is deleted goes. What a row does not say (who selects a new pod, what it mounts) is seen when the map is read again.

import type { RowEvent } from '../../api/events';
import type { GraphLink, GraphNode, Topology } from '../../api/graph';
import { type Mark, markOf, ratio } from '../../kinds/health';
import { plain } from '../../lib/format';

/** All kinds that the map shows, and the slices that tell which pods a Service has. */
export const FOLLOWED = [
  'pods',
  'nodes',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'jobs.batch',
  'cronjobs.batch',
  'horizontalpodautoscalers.autoscaling',
  'services',
  'endpointslices.discovery.k8s.io',
  'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'persistentvolumeclaims',
  'persistentvolumes',
  'storageclasses.storage.k8s.io',
  'configmaps',
  'secrets',
  'serviceaccounts',
];

/** Of these the map says no more than that they are there. */
const THERE: Record<string, string> = {
  'storageclasses.storage.k8s.io': 'StorageClass',
  configmaps: 'ConfigMap',
  secrets: 'Secret',
  serviceaccounts: 'ServiceAccount',
};

/** Of these the map shows what is wanted of them; how they stand changes all the time. */
const WANTED = new Set(['horizontalpodautoscalers.autoscaling', 'networkpolicies.networking.k8s.io']);

/** Tells what changes more of the map than its row says, so that the map has to be read again. */
export class Weigher {
  private readonly last = new Map<string, string>();

  weighs(kind: string, { gone, row, metadata }: RowEvent, known: ReadonlySet<string>): boolean {
    const id = row.uid ?? '';
    if (kind === 'pods') return !gone && !known.has(id);
    if (kind in THERE) return gone || !known.has(id);
    if (WANTED.has(kind)) return gone || !known.has(id) || this.differs(id, String(metadata.generation));
    // All its cells but the last one, which is its age.
    if (kind.startsWith('endpointslices')) return gone || this.differs(id, row.cells.slice(0, -1).join('\n'));
    return true;
  }

  private differs(id: string, now: string): boolean {
    const was = this.last.get(id);
    this.last.set(id, now);
    return was !== now;
  }
}

/** Where the columns of a pod's row are, by their names. */
export interface PodCells {
  ready: number;
  status: number;
  node: number;
}

export function podCells(columns: readonly { name: string }[]): PodCells {
  const find = (name: string) => columns.findIndex((column) => column.name === name);
  return { ready: find('Ready'), status: find('Status'), node: find('Node') };
}

const NO_NODE = new Set(['', '<none>']);

/** As the gateway judges it, so that a mark does not change when the map is read again. */
function healthOf(status: string, ready: string, was: GraphNode | undefined): Mark {
  if (status === 'Completed' || status === 'Succeeded') return 'ok';
  // Whether it can be put on a node at all, its row does not say.
  if (status === 'Pending' && was?.status === status) return was.health;
  const containers = ratio(ready);
  if (status === 'NotReady') return 'progressing';
  if (status === 'Running' && containers && containers.have < containers.want) return 'progressing';
  const mark = markOf(status);
  return mark === 'unknown' && status !== '' && status !== 'Unknown' ? 'bad' : mark;
}

function podOf({ row }: RowEvent, cells: PodCells, was: GraphNode | undefined): GraphNode {
  const status = plain(row.cells[cells.status]);
  const node = plain(row.cells[cells.node]);
  return {
    id: row.uid ?? '',
    name: row.name,
    kind: 'Pod',
    namespace: row.namespace ?? '',
    group: NO_NODE.has(node) ? '' : node,
    status,
    health: healthOf(status, plain(row.cells[cells.ready]), was),
  };
}

function linksOf({ metadata }: RowEvent, pod: GraphNode, has: (id: string) => boolean): GraphLink[] {
  const owners = (metadata.ownerReferences ?? []).map(({ uid }) => uid).filter(has);
  const links: GraphLink[] = owners.map((target) => ({ source: pod.id, target, type: 'owner' }));
  if (pod.group !== '' && has(pod.group)) {
    links.push({ source: pod.id, target: pod.group, type: 'runs-on' });
  }
  return links;
}

/** The map after what happened to pods; the same map when that is nothing. */
export function applyPods(graph: Topology, events: readonly RowEvent[], cells: PodCells): Topology {
  const latest = new Map(events.map((event) => [event.row.uid ?? '', event]));
  const known = new Map(graph.nodes.map((node) => [node.id, node]));
  const gone = new Set<string>();
  const moved = new Set<string>();
  const changed = new Map<string, GraphNode>();
  const links: GraphLink[] = [];
  for (const [id, event] of latest) {
    const was = known.get(id);
    if (event.gone) {
      if (was) gone.add(id);
      continue;
    }
    const pod = podOf(event, cells, was);
    if (was && was.status === pod.status && was.health === pod.health && was.group === pod.group) continue;
    changed.set(id, pod);
    if (was?.group === pod.group) continue;
    if (was) moved.add(id);
    links.push(...linksOf(event, pod, (each) => known.has(each)));
  }
  if (gone.size === 0 && changed.size === 0) return graph;
  const nodes = graph.nodes.filter(({ id }) => !gone.has(id)).map((node) => changed.get(node.id) ?? node);
  for (const [id, pod] of changed) if (!known.has(id)) nodes.push(pod);
  const stays = ({ source, target, type }: GraphLink) =>
    !gone.has(source) &&
    !gone.has(target) &&
    !(moved.has(source) && (type === 'owner' || type === 'runs-on'));
  return { ...graph, nodes, links: [...graph.links.filter(stays), ...links] };
}

/** The map after what came and went of the other kinds; the same map when that is nothing. */
export function applyOthers(graph: Topology, events: readonly (readonly [string, RowEvent])[]): Topology {
  const known = new Set(graph.nodes.map(({ id }) => id));
  const gone = new Set<string>();
  const come = new Map<string, GraphNode>();
  for (const [kind, event] of events) {
    const { name, namespace = '', uid = '' } = event.row;
    const id = kind === 'nodes' ? name : uid;
    const shown = THERE[kind];
    gone.delete(id);
    come.delete(id);
    if (event.gone && known.has(id)) gone.add(id);
    if (!event.gone && shown && !known.has(id)) {
      come.set(id, { id, name, kind: shown, namespace, group: '', health: 'ok' });
    }
  }
  if (gone.size === 0 && come.size === 0) return graph;
  return {
    ...graph,
    nodes: [...graph.nodes.filter(({ id }) => !gone.has(id)), ...come.values()],
    links: graph.links.filter(({ source, target }) => !gone.has(source) && !gone.has(target)),
  };
}
