// What is broken in a cluster, nodes before workloads before pods, and how amounts are written.
import type { Amount, Balance, BoardNode, Dashboard, Fault, FaultKind, Gap, Nodes } from '../../api/board';
import type { Mark } from '../../kinds/health';
import { SEVERITY } from '../../kinds/health';
import { count } from '../../lib/format';

export interface Trouble {
  kind: FaultKind | 'Node';
  /** "pods", as the lists call it. */
  type: string;
  namespace: string;
  name: string;
  mark: Mark;
  word: string;
  message: string | undefined;
  since: string | undefined;
}

export const TYPES: Record<FaultKind | 'Node', string> = {
  Node: 'nodes',
  Deployment: 'deployments.apps',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
  ReplicaSet: 'replicasets.apps',
  Pod: 'pods',
};

const ORDER = Object.keys(TYPES);

/** What only has to start may take so long before it counts as broken. */
const PATIENCE_MS = 5 * 60_000;

function troubleOf(fault: Fault, now: number): Trouble {
  const age = now - Date.parse(fault.since ?? '');
  const counted = fault.ready !== null && fault.desired !== null ? `${fault.ready}/${fault.desired}` : '';
  return {
    kind: fault.kind,
    type: TYPES[fault.kind],
    namespace: fault.namespace,
    name: fault.name,
    mark: fault.starting && age < PATIENCE_MS ? 'progressing' : 'bad',
    word: [counted, fault.reason ?? ''].filter((word) => word !== '').join(' '),
    message: fault.message ?? undefined,
    since: fault.since ?? undefined,
  };
}

function troublesOfNode(name: string, node: BoardNode): Trouble[] {
  const found = node.problems.map(({ type, reason, message, since }) => ({
    type,
    word: reason ?? type,
    message: message ?? undefined,
    since: since ?? undefined,
  }));
  if (node.status === 'Unknown') {
    found.unshift({ type: 'Ready', word: node.status, message: undefined, since: undefined });
  }
  return found.map(({ word, message, since }) => {
    return { kind: 'Node', type: TYPES.Node, namespace: '', name, mark: 'bad', word, message, since };
  });
}

/** The worst first, and of these nodes before workloads before pods. */
export function troublesOf(board: Dashboard | undefined, nodes: Nodes | undefined, now: number): Trouble[] {
  const found = [
    ...Object.entries(nodes?.nodes ?? {}).flatMap(([name, node]) => troublesOfNode(name, node)),
    ...(board?.faults ?? []).map((fault) => troubleOf(fault, now)),
  ];
  return found.sort(
    (a, b) => SEVERITY[a.mark] - SEVERITY[b.mark] || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind),
  );
}

const GIB = 2 ** 30;

/** In one unit, the same for what is used and what there is: cores, GiB, pods. */
export function amountText(amount: Amount, value: number): string {
  if (amount === 'pods') return count(value);
  const units = amount === 'cpu' ? value / 1000 : value / GIB;
  const text = units.toFixed(units < 10 ? 2 : units < 100 ? 1 : 0);
  const [whole = '', part] = text.split('.');
  return part ? `${count(Number(whole))}.${part}` : count(Number(whole));
}

/** The nodes that have least left, first; those of which nothing is known last. */
export function fullestNodes(nodes: Nodes): [string, BoardNode][] {
  const load = (balance: Balance) => Math.max(balance.percent.cpu ?? -1, balance.percent.memory ?? -1);
  return Object.entries(nodes.nodes).sort(
    ([a, first], [b, second]) => load(second.metrics) - load(first.metrics) || a.localeCompare(b),
  );
}

export interface Gaps {
  resources: string[];
  code: string;
  message: string;
}

/** What could not be read for the same reason, together. */
export function gapsOf(gaps: readonly Gap[]): Gaps[] {
  const found = new Map<string, Gaps>();
  for (const { resource, code, message } of gaps) {
    const key = `${code} ${message}`;
    const same = found.get(key);
    if (same) same.resources.push(resource);
    else found.set(key, { resources: [resource], code, message });
  }
  return [...found.values()];
}
