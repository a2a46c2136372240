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

/** Who the caller is to the gateway. */
export interface Caller {
  id: string | null;
  name: string;
  role: 'viewer' | 'editor' | 'admin';
  connections: string[] | null;
  authentication: 'keys' | 'off';
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

/** How one context of an uploaded kubeconfig ended. */
export interface ContextOutcome {
  name: string;
  status: number;
  current: boolean;
  connection_id?: string;
  endpoint?: string;
  identity?: string;
  error?: { message: string; details?: { causes?: { field?: string; message: string }[] } };
}

export interface Uploaded {
  items: ContextOutcome[];
  contexts: string[];
  currentContext: string | null;
}

export type Identity =
  | { type: 'credentials'; access_key_id: string; secret_access_key: string; session_token?: string }
  | { type: 'profile'; profile: string }
  | { type: 'default' };

/** An identity, and perhaps a role to assume with it, others before that one. */
export type Auth = Identity & { role_arn?: string; external_id?: string; role_chain?: string[] };

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

/** A cluster with how the gateway talks to it. */
export interface ClusterDetail extends Cluster {
  platform_version: string | null;
  auth_type: 'credentials' | 'profile' | 'default';
  role_arn: string | null;
  identity_arn: string;
  connected_at: string;
}

/** What EKS itself says is wrong with something. */
export interface EksIssue {
  code?: string;
  message?: string;
  resourceIds?: string[];
}

/** AWS's own objects, times as seconds since 1970. Of the many fields, those that are looked at. */
export interface EksCluster {
  arn?: string;
  name?: string;
  version?: string;
  status?: string;
  platformVersion?: string;
  endpoint?: string;
  roleArn?: string;
  createdAt?: number;
  health?: { issues?: EksIssue[] };
  accessConfig?: { authenticationMode?: string };
  upgradePolicy?: { supportType?: string };
  resourcesVpcConfig?: {
    vpcId?: string;
    endpointPublicAccess?: boolean;
    endpointPrivateAccess?: boolean;
    publicAccessCidrs?: string[];
  };
  logging?: { clusterLogging?: { types?: string[]; enabled?: boolean }[] };
  encryptionConfig?: unknown[];
  deletionProtection?: boolean;
}

export interface EksVersion {
  clusterVersion?: string;
  versionStatus?: string;
  endOfStandardSupportDate?: number;
  endOfExtendedSupportDate?: number;
}

export interface EksOverview {
  cluster: EksCluster;
  version: EksVersion | null;
  errors: { part: string; code: string; message: string }[];
}

export type EksObject = Record<string, unknown>;

/** A part of a cluster; its list stands under a name of its own beside the errors. */
export type EksPart = { errors?: { name: string; code: string; message: string }[] } & Record<
  string,
  unknown
>;

export type AccessPolicy = 'view' | 'edit' | 'admin' | 'cluster-admin';

/** Who a connection is to AWS and to its cluster. */
export interface Access {
  identity_arn: string;
  principal_arn: string;
  auth_type: string;
  authentication_mode: string | null;
  accepted: boolean;
  kubernetes_user: { username?: string; groups?: string[] } | null;
  access_entry: EksObject | null;
  access_entry_known: boolean;
  clock_offset_seconds: number;
  token_age_seconds: number | null;
  token_expires_at: string | null;
  credentials_expire_at: string | null;
  problems: { code: string; message: string }[];
  fix: { access_entry: { principalArn: string }; aws_cli: string } | null;
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
  errors?: { resource: string; code: string; message: string }[];
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
  /** Where a watch goes on from this reading. */
  resource_version?: string;
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
