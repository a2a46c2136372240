// What clusters, nodes and pods used: the routes of samples.
import { call } from './client';

export interface Point {
  timestamp: string;
  /** Millicores. */
  cpu: number;
  /** Bytes. */
  memory: number;
}

export interface Sampling {
  state: 'sampled' | 'absent' | 'forbidden' | 'unavailable' | 'unknown' | 'off';
  source: string | null;
  message: string;
  sampled_at: string | null;
  step_seconds: number;
  kept_seconds: number;
  long_step_seconds: number;
  long_kept_seconds: number;
}

const segment = encodeURIComponent;

/** What is charted: a cluster, one of its nodes, or a pod. */
export interface Subject {
  cluster: string;
  node?: string;
  namespace?: string;
  pod?: string;
}

export function samplesPath({ cluster, node, namespace, pod }: Subject): string {
  const base = `/api/v1/clusters/${segment(cluster)}`;
  if (node !== undefined) return `${base}/nodes/${segment(node)}`;
  if (pod !== undefined) return `${base}/namespaces/${segment(namespace ?? '')}/pods/${segment(pod)}`;
  return base;
}

export function samples(subject: Subject, from: string, signal?: AbortSignal): Promise<Point[]> {
  return call(`${samplesPath(subject)}?from=${segment(from)}`, { signal });
}

export function sampling(cluster: string, signal?: AbortSignal): Promise<Sampling> {
  return call(`/api/v1/clusters/${segment(cluster)}/sampling`, { signal });
}
