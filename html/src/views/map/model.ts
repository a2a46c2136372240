// From nodes and links to groups that a reader can take in: by namespace, by Node, by workload.
import type { GraphLink, GraphNode, Topology } from '../../api/graph';
import { type Mark, SEVERITY } from '../../kinds/health';

export const GROUPINGS = ['namespace', 'node', 'workload'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface Group {
  /** Unique among the groups; goes into the address. */
  key: string;
  label: string;
  /** The namespace of a workload. */
  place: string;
  /** Faults first, then by name. */
  pods: GraphNode[];
  /** All that is no pod. */
  others: GraphNode[];
  faults: number;
}

export interface Model {
  byId: ReadonlyMap<string, GraphNode>;
  /** Both directions of each link, by what it begins and ends at. */
  from: ReadonlyMap<string, readonly GraphLink[]>;
  to: ReadonlyMap<string, readonly GraphLink[]>;
}

function gather(links: readonly GraphLink[], end: 'source' | 'target'): Map<string, GraphLink[]> {
  const found = new Map<string, GraphLink[]>();
  for (const link of links) {
    const list = found.get(link[end]);
    if (list) list.push(link);
    else found.set(link[end], [link]);
  }
  return found;
}

export function modelOf({ nodes, links }: Topology): Model {
  return {
    byId: new Map(nodes.map((node) => [node.id, node])),
    from: gather(links, 'source'),
    to: gather(links, 'target'),
  };
}

const MOST_OWNERS = 16;

/** What made it in the end; owners that lead back to themselves end where they meet. */
export function rootOf(model: Model, node: GraphNode): GraphNode {
  const seen = new Set([node.id]);
  let at = node;
  for (let steps = 0; steps < MOST_OWNERS; steps++) {
    const link = model.from.get(at.id)?.find(({ type }) => type === 'owner');
    const owner = link && model.byId.get(link.target);
    // A pod of a Node's own (a static pod) is nobody's workload.
    if (!owner || seen.has(owner.id) || owner.kind === 'Node') break;
    seen.add(owner.id);
    at = owner;
  }
  return at;
}

/** The key of what belongs to no group; nothing in Kubernetes is called so. */
export const NONE = '-';

function placeOf(model: Model, node: GraphNode, by: Grouping): { key: string; label: string; place: string } {
  if (by === 'namespace') return { key: node.namespace || NONE, label: node.namespace, place: '' };
  if (by === 'node') return { key: node.group || NONE, label: node.group, place: '' };
  const root = rootOf(model, node);
  // Pods that nobody made would be a group each.
  if (root.kind === 'Pod') return { key: `Pod/${root.namespace}`, label: '', place: root.namespace };
  return { key: `${root.kind}/${root.namespace}/${root.name}`, label: root.name, place: root.namespace };
}

const WORKLOADS = new Set(['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet', 'Job', 'CronJob']);

/** Only pods run on Nodes, and only they and what made them are workloads. */
function belongs(node: GraphNode, by: Grouping): boolean {
  if (node.kind === 'Pod' || by === 'namespace') return true;
  return by === 'node' ? node.kind === 'Node' : WORKLOADS.has(node.kind);
}

export function isFault({ health }: GraphNode): boolean {
  return health === 'bad';
}

export function byHealth(a: GraphNode, b: GraphNode): number {
  return SEVERITY[a.health] - SEVERITY[b.health] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

/** Groups with faults first, those with most of them before all; what belongs to none comes last. */
export function groupsOf(graph: Topology, model: Model, by: Grouping): Group[] {
  const groups = new Map<string, Group>();
  for (const node of graph.nodes) {
    if (!belongs(node, by)) continue;
    const { key, label, place } = placeOf(model, node, by);
    const group = groups.get(key) ?? { key, label, place, pods: [], others: [], faults: 0 };
    groups.set(key, group);
    (node.kind === 'Pod' ? group.pods : group.others).push(node);
    if (isFault(node)) group.faults++;
  }
  for (const { pods, others } of groups.values()) {
    pods.sort(byHealth);
    others.sort(byHealth);
  }
  return [...groups.values()].sort(
    (a, b) => Number(a.key === NONE) - Number(b.key === NONE) || b.faults - a.faults || compare(a, b),
  );
}

function compare(a: Group, b: Group): number {
  const [x, y] = [`${a.place}/${a.label}`, `${b.place}/${b.label}`];
  return x < y ? -1 : x > y ? 1 : 0;
}

export function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

/** Every word stands in its kind, name, namespace, Node or status. */
export function nodeMatches(node: GraphNode, words: readonly string[]): boolean {
  const text = `${node.kind} ${node.name} ${node.namespace} ${node.group} ${node.status ?? ''}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The groups with what matches in them. */
export function search(groups: readonly Group[], words: readonly string[], faultsOnly: boolean): Group[] {
  if (words.length === 0 && !faultsOnly) return [...groups];
  const wanted = (node: GraphNode) => (!faultsOnly || isFault(node)) && nodeMatches(node, words);
  return groups.flatMap((group) => {
    const pods = group.pods.filter(wanted);
    const others = group.others.filter(wanted);
    return pods.length + others.length === 0
      ? []
      : [{ ...group, pods, others, faults: [...pods, ...others].filter(isFault).length }];
  });
}

/** How many of each health, for those that there are. */
export function tally(nodes: readonly GraphNode[]): [Mark, number][] {
  const counts = new Map<Mark, number>();
  for (const { health } of nodes) counts.set(health, (counts.get(health) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => SEVERITY[a] - SEVERITY[b]);
}
