// A cluster as nodes and links: what belongs to what.
import type { Mark } from '../kinds/health';
import { call } from './client';

export interface GraphNode {
  id: string;
  name: string;
  kind: string;
  namespace: string;
  /** The Node that it is on. */
  group: string;
  apiVersion?: string;
  status?: string;
  health: Mark;
  missing?: boolean;
  unread?: boolean;
}

export interface GraphLink {
  source: string;
  target: string;
  type: 'owner' | 'selects' | 'routes' | 'mounts' | 'binds' | 'scales' | 'runs-on' | 'uses';
  optional?: boolean;
  paths?: { host: string; path: string }[];
}

export interface Topology {
  nodes: GraphNode[];
  links: GraphLink[];
  truncated: boolean;
  errors: { resource: string; code: string; message: string }[];
}

/** What the map shows: containers are a pod's own matter, and the cluster is the whole page. */
const KINDS = [
  'Pod,Node,Deployment,DaemonSet,ReplicaSet,StatefulSet,Job,CronJob,HorizontalPodAutoscaler,Service,Ingress',
  'NetworkPolicy,PersistentVolumeClaim,PersistentVolume,StorageClass,ConfigMap,Secret,ServiceAccount,Other',
].join();

export function topology(cluster: string, signal?: AbortSignal): Promise<Topology> {
  return call(`/api/clusters/${encodeURIComponent(cluster)}/topology?include=${KINDS}`, { signal });
}
