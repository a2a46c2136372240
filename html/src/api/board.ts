// How a cluster stands, as the gateway tells it.
import { call } from './client';

export interface Gap {
  resource: string;
  code: string;
  message: string;
}

export interface Counts {
  ready: number;
  available: number;
}

export type FaultKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Pod';

export interface Fault {
  kind: FaultKind;
  namespace: string;
  name: string;
  reason: string | null;
  message: string | null;
  since: string | null;
  ready: number | null;
  desired: number | null;
  starting: boolean;
}

/** Null is what could not be read. */
export interface Dashboard {
  daemonset: Counts | null;
  deployment: Counts | null;
  pod: (Counts & { succeeded: number }) | null;
  replicaset: Counts | null;
  statefulset: Counts | null;
  faults: Fault[];
  faults_left_out: number;
  errors: Gap[];
}

export type Amount = 'cpu' | 'memory' | 'storage' | 'pods';
export type Amounts = Record<Amount, number | null>;

export interface Balance {
  allocatable: Amounts;
  usage: Amounts;
  percent: Amounts;
}

export interface NodeProblem {
  type: string;
  reason: string | null;
  message: string | null;
  since: string | null;
}

export interface BoardNode {
  role: string;
  address: string | null;
  version: string | null;
  status: 'Ready' | 'NotReady' | 'Unknown';
  schedulable: boolean;
  problems: NodeProblem[];
  metrics: Balance;
}

export interface Nodes {
  nodes: Record<string, BoardNode>;
  summary: Balance;
  errors: Gap[];
}

export function dashboard(cluster: string, signal?: AbortSignal): Promise<Dashboard> {
  return call(`/api/clusters/${encodeURIComponent(cluster)}/dashboard`, { signal });
}

export function nodes(cluster: string, signal?: AbortSignal): Promise<Nodes> {
  return call(`/api/clusters/${encodeURIComponent(cluster)}/nodes`, { signal });
}
