// The provisioner: clusters that eksgate makes with Terraform, what their runs plan and do, and what they may be made of.
import { call } from './client';

export type ClusterState = 'none' | 'partial' | 'present' | 'destroyed';
export type Op =
  | 'test'
  | 'provision'
  | 'upgrade'
  | 'scale'
  | 'update'
  | 'drift'
  | 'apply'
  | 'destroy'
  | 'unlock'
  | 'cleanup';
export type RunStatus =
  | 'pending'
  | 'queued'
  | 'running'
  | 'planned'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'blocked'
  | 'unknown';

export interface Changes {
  add: number;
  change: number;
  destroy: number;
  import?: number;
}

export interface Support {
  phase: 'standard' | 'extended' | 'unsupported' | 'unknown';
  /** The day it ends, as 2026-12-02. */
  until: string | null;
  days_left: number | null;
}

/** What a cluster is to be: the body of an order, and what is stored of it. */
export interface Order {
  cluster_name: string;
  kubernetes_version?: string;
  instance_type?: string;
  ip_family?: string;
  region?: string;
  role_arn?: string;
  external_id?: string;
  vpc_id?: string;
  subnet_ids?: string[];
  vpc_cidr?: string;
  zones?: number;
  cluster_role?: string;
  node_role?: string;
  node_min?: number;
  node_desired?: number;
  node_max?: number;
  capacity_type?: string;
  first_instance_type?: string;
  first_node_count?: number;
  addons?: Record<string, string>;
  tags?: Record<string, string>;
  environment?: string;
  private_endpoint_only?: boolean;
  public_access_cidrs?: string[];
  encrypt_secrets?: boolean;
  admin_principal_arn?: string;
  pod_identity?: Record<string, string>;
  support_type?: string;
  ignore_desired_size?: boolean;
  deletion_protection?: boolean;
  require_approval?: boolean;
  allow_replace?: string[];
}

export interface RunBrief {
  run: string;
  op: Op;
  status: RunStatus;
  message?: string | null;
  percent?: number | null;
  /** It stops behind the plan. */
  plan_only?: boolean;
  approved_by_run?: string | null;
  created_at?: string | null;
  started_at?: string | null;
  finished_at?: string | null;
}

export interface Drift {
  run: string;
  at: string | null;
  found: boolean;
  changes: Changes | null;
}

export interface Provisioned {
  cluster_name: string;
  state: ClusterState;
  region: string | null;
  kubernetes_version: string | null;
  support: Support | null;
  /** Id of its connection, once it has one. */
  connection: string | null;
  protected: boolean;
  created_at: string | null;
  active: RunBrief | null;
  last_run: (RunBrief & { progress?: RunProgress | null }) | null;
  drift: Drift | null;
  cost: { monthly: number; currency: string } | null;
}

export interface ProvisionedDetail extends Provisioned {
  order: Order | null;
  applied: Order | null;
  outputs: Record<string, unknown> | null;
}

export interface RunProgress {
  done: number;
  total: number;
  percent: number;
  current: { address: string; action: string; elapsed_s: number }[];
  eta_s: number | null;
}

export interface Diagnostic {
  severity: string;
  summary: string;
  detail?: string | null;
  address?: string | null;
}

export interface Lock {
  id: string;
  who: string;
  operation: string;
  created: string;
  path?: string | null;
  age_s?: number | null;
}

/** What keeps AWS from going on: of a group of nodes, say, which are not let go by a pod. */
export interface Issue {
  kind: string;
  name: string;
  code: string;
  message: string;
  resources?: string[];
}

export interface Run extends RunBrief {
  cluster_name: string;
  job_name: string | null;
  phase: string | null;
  /** The last step that it said it had begun, or how it ended. */
  step: string | null;
  progress: RunProgress | null;
  changes: Changes | null;
  diagnostics: Diagnostic[];
  issues?: Issue[];
  plan_hash: string | null;
  blocked?: string[] | null;
  /** Of which earlier run it applies the plan, and by which later one its own is applied. */
  approves: string | null;
  lock: Lock | null;
  runner: string | null;
  created_by: string | null;
}

export type PlanAction = 'create' | 'update' | 'replace' | 'delete' | 'import' | 'read' | 'forget' | 'move';

export interface PlanAttribute {
  path: string;
  before?: unknown;
  after?: unknown;
  sensitive?: boolean;
  /** False of what is known only after it has been applied. */
  known?: boolean;
}

export interface PlanResource {
  address: string;
  type?: string;
  name?: string;
  action: PlanAction;
  reason?: string | null;
  attributes?: PlanAttribute[];
}

export interface Plan {
  hash: string;
  changes: Changes;
  blocked?: string[];
  truncated?: boolean;
  tree: PlanResource[];
}

export interface KubernetesVersion {
  version: string;
  default?: boolean;
  support: 'standard' | 'extended' | 'unsupported' | 'unknown';
  standard_until: string | null;
  extended_until: string | null;
  days_left: number | null;
}

export interface Versions {
  source: string;
  items: KubernetesVersion[];
}

export interface InstanceType {
  name: string;
  architecture: string[];
  vcpus: number;
  memory_mib: number;
  gpus?: number | null;
}

export interface Addon {
  name: string;
  type?: string | null;
  /** What EKS takes where none is named. */
  default: string | null;
  /** The newest first. */
  versions: { version: string; default?: boolean }[];
}

/** Who makes clusters here, and how much waits for that. */
export interface Runner {
  runner: 'off' | 'local' | 'kube';
  has_agent: boolean;
  running: number;
  running_max: number;
  waiting: number;
  waiting_max: number;
}

export interface Cost {
  currency: string;
  monthly: number;
  items: {
    id: string;
    label: string;
    quantity: number;
    unit_price: number | null;
    /** Null where no price is known. */
    monthly: number | null;
  }[];
  missing: string[];
  source: string;
  as_of: string;
}

/** A run that has been accepted. */
export interface Accepted {
  run: string;
  cluster_name: string;
  status: string;
  /** What could not be looked into, and what will cost. */
  warnings?: string[];
}

export interface LockState {
  lock: Lock | null;
  can_unlock: boolean;
  why?: string | null;
}

const segment = encodeURIComponent;
const BASE = '/api/provision';
const CLUSTERS = `${BASE}/clusters`;
const clusterPath = (name: string) => `${CLUSTERS}/${segment(name)}`;
const runPath = (name: string, run: string) => `${clusterPath(name)}/runs/${segment(run)}`;

export function runner(signal?: AbortSignal): Promise<Runner> {
  return call(BASE, { signal });
}

export function provisioned(signal?: AbortSignal): Promise<{ items: Provisioned[] }> {
  return call(CLUSTERS, { signal });
}

export function provisionedCluster(name: string, signal?: AbortSignal): Promise<ProvisionedDetail> {
  return call(clusterPath(name), { signal });
}

/** Beside an order: what is not stored of it. */
export interface Manner {
  plan_only?: boolean;
  confirm_warnings?: boolean;
}

export function order(body: Order & Manner, dry: boolean): Promise<Accepted> {
  return call(`${CLUSTERS}/${dry ? 'test' : 'provision'}`, { method: 'POST', body });
}

export function change(name: string, body: Order & Manner): Promise<Accepted> {
  return call(`${clusterPath(name)}/update`, { method: 'POST', body });
}

export function upgrade(name: string, body: { kubernetes_version: string } & Manner): Promise<Accepted> {
  return call(`${clusterPath(name)}/upgrade`, { method: 'POST', body });
}

export interface Scale {
  first_node_count?: number;
  node_min: number;
  node_desired: number;
  node_max: number;
}

export function scale(name: string, body: Scale & { plan_only?: boolean }): Promise<Accepted> {
  return call(`${clusterPath(name)}/scale`, { method: 'POST', body });
}

export function checkDrift(name: string): Promise<Accepted> {
  return call(`${clusterPath(name)}/drift`, { method: 'POST', body: {} });
}

export function resume(name: string): Promise<Accepted> {
  return call(`${clusterPath(name)}/resume`, { method: 'POST', body: {} });
}

export function destroy(name: string): Promise<Accepted> {
  return call(`${clusterPath(name)}?confirm=${segment(name)}`, { method: 'DELETE' });
}

export function cleanUp(name: string): Promise<unknown> {
  return call(`${clusterPath(name)}/cleanup`, { method: 'DELETE' });
}

export function protect(name: string, on: boolean): Promise<unknown> {
  return call(`${clusterPath(name)}/protection`, { method: 'PUT', body: { protected: on } });
}

export function lockOf(name: string, signal?: AbortSignal): Promise<LockState> {
  return call(`${clusterPath(name)}/lock`, { signal });
}

export function unlock(name: string, id: string): Promise<Accepted> {
  return call(`${clusterPath(name)}/lock?id=${segment(id)}`, { method: 'DELETE' });
}

export function runs(name: string, signal?: AbortSignal): Promise<{ items: Run[] }> {
  return call(`${clusterPath(name)}/runs`, { signal });
}

export function run(name: string, id: string, signal?: AbortSignal): Promise<Run> {
  return call(runPath(name, id), { signal });
}

export function plan(name: string, id: string, signal?: AbortSignal): Promise<Plan> {
  return call(`${runPath(name, id)}/plan`, { signal });
}

/** Applies exactly the plan that has this hash. */
export function approve(name: string, id: string, plan_hash: string): Promise<Accepted> {
  return call(`${runPath(name, id)}/approve`, { method: 'POST', body: { plan_hash } });
}

export function cancel(name: string, id: string): Promise<unknown> {
  return call(`${runPath(name, id)}/cancel`, { method: 'POST', body: {} });
}

export function runLogPath(name: string, id: string, tail: number | undefined, follow: boolean): string {
  const query = new URLSearchParams({ run: id, format: 'text' });
  if (tail !== undefined) query.set('tail', String(tail));
  if (follow) query.set('follow', 'true');
  return `${clusterPath(name)}/logs?${query}`;
}

export function versions(signal?: AbortSignal): Promise<Versions> {
  return call(`${BASE}/versions`, { signal });
}

export function instanceTypes(
  region: string,
  signal?: AbortSignal,
): Promise<{ source: string; items: InstanceType[] }> {
  return call(`${BASE}/instance-types?region=${segment(region)}`, { signal });
}

export function addons(
  region: string,
  version: string,
  signal?: AbortSignal,
): Promise<{ source: string; items: Addon[] }> {
  return call(`${BASE}/addons?${new URLSearchParams({ region, kubernetes_version: version })}`, { signal });
}

export function regions(signal?: AbortSignal): Promise<{ items: { name: string }[] }> {
  return call(`${BASE}/regions`, { signal });
}

export function defaults(signal?: AbortSignal): Promise<Order> {
  return call(`${BASE}/defaults`, { signal });
}

export function cost(query: Record<string, string>, signal?: AbortSignal): Promise<Cost> {
  return call(`${BASE}/cost?${new URLSearchParams(query)}`, { signal });
}
