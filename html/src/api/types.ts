// The gateway's answers, by the names they have on the wire.

export interface Progress {
  step: string;
  message: string;
  done: number;
  total: number;
  percent: number;
  elapsed_seconds: number;
  ready: boolean;
  error: string | null;
}

export interface Health {
  status: 'healthy' | 'degraded' | 'unhealthy';
  cluster: string | null;
  region: string | null;
  redis: 'up' | 'down';
  version: string;
  sandbox?: Progress;
}

export interface Cluster {
  id: string;
  name: string;
  region: string;
  version: string;
  status: string;
  endpoint: string;
  source: string;
}

export interface Clusters {
  clusters: Cluster[];
  contexts: string[];
  currentContext: string | null;
}

export type Identity =
  | { type: 'credentials'; access_key_id: string; secret_access_key: string; session_token?: string }
  | { type: 'profile'; profile: string }
  | { type: 'default' };

/** An identity, and perhaps a role to assume with it. */
export type Auth = Identity & { role_arn?: string; external_id?: string };

export interface ConnectRequest {
  cluster_name: string;
  region: string;
  auth: Auth;
  replace?: boolean;
}

export interface Connected {
  connection_id: string;
  name: string;
  region: string;
  version: string;
  status: string;
  endpoint: string;
}

export interface AvailableCluster {
  name: string;
  region: string;
  status: string;
  version: string;
  endpoint: string;
  created_at: string;
}

export interface Available {
  clusters: AvailableCluster[];
  /** Of a region, or with a name of one cluster in it. */
  errors: { region: string; name?: string; code: string; message: string }[];
}

export interface Resource {
  /** "pods", "deployments.apps" */
  type: string;
  plural: string;
  group: string;
  version: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
  shortNames?: string[];
}

export interface Discovery {
  resources: Resource[];
  errors?: unknown[];
}

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  priority: number;
  description: string;
}

export interface TableRow {
  cells: unknown[];
  name: string;
  namespace?: string;
  uid?: string;
  creation_time?: string;
}

export interface TablePage {
  columns: TableColumn[];
  rows: TableRow[];
  continue?: string;
  remaining?: number;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  controller?: boolean;
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** Any Kubernetes object, as far as the interface looks into all of them. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: OwnerReference[];
    finalizers?: string[];
    managedFields?: unknown;
    [key: string]: unknown;
  };
  status?: { conditions?: Condition[]; [key: string]: unknown };
  [key: string]: unknown;
}
