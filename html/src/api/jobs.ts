// Jobs, cron jobs, their history, templates, namespaces and webhooks: the routes of the gateway's own that the pages
// about them use.
import { call } from './client';
import { ApiError, toApiError } from './error';

export type JobState = 'pending' | 'running' | 'succeeded' | 'failed' | 'suspended' | 'unknown';
export const STATES: readonly JobState[] = ['pending', 'running', 'succeeded', 'failed', 'suspended'];

export interface JobCondition {
  type: string;
  status: string;
  reason: string | null;
  message: string | null;
  last_transition_time: string | null;
}

export interface Job {
  job_name: string;
  namespace: string;
  cluster: string;
  state: JobState;
  active: number;
  succeeded: number;
  failed: number;
  completions: number | null;
  parallelism: number | null;
  backoff_limit: number | null;
  suspended: boolean;
  creation_time: string | null;
  start_time: string | null;
  completion_time: string | null;
  duration_seconds: number | null;
  conditions: JobCondition[];
  failure_reason: string | null;
  /** Only of a single job. */
  waiting?: { pod: string | null; container: string | null; reason: string; message: string | null }[];
  template: { name: string; version: number } | null;
  cronjob: string | null;
  labels: Record<string, string>;
}

export interface JobPage {
  items: Job[];
  continue?: string | null;
  remaining?: number | null;
}

export interface CronJob {
  cronjob_name: string;
  namespace: string;
  cluster: string;
  schedule: string;
  time_zone: string | null;
  suspended: boolean;
  active: number;
  last_schedule_time: string | null;
  last_successful_time: string | null;
  concurrency_policy: string | null;
  creation_time: string | null;
  jobs?: Job[];
}

export interface Durations {
  min: number;
  p50: number;
  p95: number;
  max: number;
  mean: number;
}

export interface Group {
  key: string | null;
  runs: number;
  succeeded: number;
  failed: number;
  success_rate: number | null;
  duration_seconds: Durations | null;
}

export interface Analytics {
  groups: Group[];
  since: string;
  until: string;
  partial?: boolean;
}

export type ParameterType = 'string' | 'integer' | 'number' | 'boolean' | 'enum';
export type ParameterValue = string | number | boolean;

export interface Parameter {
  name: string;
  type: ParameterType;
  required?: boolean;
  default?: ParameterValue | null;
  values?: string[] | null;
  pattern?: string | null;
  minimum?: number | null;
  maximum?: number | null;
  description?: string | null;
}

export interface TemplateBody {
  name: string;
  description?: string | null;
  parameters?: Parameter[];
  job_manifest: Record<string, unknown>;
}

/** As lists have it: without its manifest. */
export type TemplateSummary = Omit<Template, 'job_manifest' | 'versions'>;

export interface Template extends TemplateBody {
  version: number;
  /** All that are stored. */
  versions: number[];
  created_at: string;
  created_by: string | null;
}

export interface NamespaceDetail {
  name: string;
  status: string;
  labels: Record<string, string>;
  creation_time: string | null;
  /** Whether the cluster may not work without it. */
  system: boolean;
  contents: { type: string; count: number }[];
}

export const EVENTS = [
  'job.pending',
  'job.running',
  'job.succeeded',
  'job.failed',
  'job.suspended',
  'job.deleted',
  'provision.planned',
  'provision.completed',
  'provision.failed',
  'provision.blocked',
  'provision.cancelled',
  'provision.destroyed',
] as const;
export type HookEvent = (typeof EVENTS)[number];

export interface Webhook {
  id: string;
  url: string;
  clusters: string[] | null;
  namespaces: string[] | null;
  events: HookEvent[];
  enabled: boolean;
  created_at: string;
  created_by: string | null;
  /** Deliveries for which there was no room. */
  dropped: number;
  /** Only in the answer to its creation. */
  secret?: string;
}

export interface NewWebhook {
  url: string;
  clusters?: string[];
  namespaces?: string[];
  events?: HookEvent[];
  secret?: string;
}

const segment = encodeURIComponent;
const base = (cluster: string) => `/api/clusters/${segment(cluster)}`;
const jobPath = (cluster: string, namespace: string, name: string) =>
  `${base(cluster)}/jobs/${segment(namespace)}/${segment(name)}`;
const cronPath = (cluster: string, namespace: string, name: string) =>
  `${base(cluster)}/cronjobs/${segment(namespace)}/${segment(name)}`;
const templatePath = (name: string) => `/api/job-templates/${segment(name)}`;
const hookPath = (id: string) => `/api/webhooks/${segment(id)}`;

function withQuery(path: string, values: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value) query.set(key, value);
  return query.size === 0 ? path : `${path}?${query}`;
}

/** What a job is made from: a manifest, or a template with its parameters. */
export type NewJob = {
  namespace?: string;
  dry_run?: boolean;
} & (
  | { job_manifest: unknown }
  | { template: string; template_version?: number; parameters: Record<string, ParameterValue> }
);

export function createJob(cluster: string, body: NewJob, signal?: AbortSignal): Promise<Job> {
  return call(`${base(cluster)}/jobs`, { method: 'POST', body, signal });
}

export function job(cluster: string, namespace: string, name: string, signal?: AbortSignal): Promise<Job> {
  return call(jobPath(cluster, namespace, name), { signal });
}

export function rerun(cluster: string, namespace: string, name: string): Promise<Job> {
  return call(`${jobPath(cluster, namespace, name)}/rerun`, { method: 'POST', body: {} });
}

interface BatchItem {
  index: number;
  status: number;
  error?: unknown;
}

/** The most that one request may name. */
const BATCH = 100;

/** Deletes jobs and their pods. For each of them what was wrong, if anything. */
export async function deleteJobs(
  cluster: string,
  names: readonly { namespace: string; job_name: string }[],
): Promise<(ApiError | undefined)[]> {
  const path = `${base(cluster)}/jobs-batch`;
  const out: (ApiError | undefined)[] = [];
  for (let first = 0; first < names.length; first += BATCH) {
    const body = { delete: names.slice(first, first + BATCH) };
    try {
      const { items } = await call<{ items: BatchItem[] }>(path, { method: 'POST', body });
      for (const { index, status, error } of items) {
        out[first + index] =
          error === undefined ? undefined : ApiError.fromStatus(status, error, `POST ${path}`);
      }
    } catch (error) {
      if (first === 0) throw error; // nothing has been done yet
      body.delete.forEach((_, index) => {
        out[first + index] = toApiError(error);
      });
    }
  }
  return out;
}

export function logsPath(cluster: string, namespace: string, name: string): string {
  return `${jobPath(cluster, namespace, name)}/logs`;
}

export function cronJob(
  cluster: string,
  namespace: string,
  name: string,
  signal?: AbortSignal,
): Promise<CronJob> {
  return call(cronPath(cluster, namespace, name), { signal });
}

export function suspend(cluster: string, namespace: string, name: string, on: boolean): Promise<CronJob> {
  return call(cronPath(cluster, namespace, name), { method: 'PATCH', body: { suspend: on } });
}

export function trigger(cluster: string, namespace: string, name: string): Promise<Job> {
  return call(`${cronPath(cluster, namespace, name)}/trigger`, { method: 'POST', body: {} });
}

export interface RunsQuery {
  namespace?: string;
  state?: string;
  since?: string;
  token?: string;
}

const HISTORY_PAGE = '500';

export function history(cluster: string, query: RunsQuery, signal?: AbortSignal): Promise<JobPage> {
  const { token, ...wanted } = query;
  const path = `${base(cluster)}/job-history`;
  return call(withQuery(path, { ...wanted, limit: HISTORY_PAGE, continue: token }), { signal });
}

export function analytics(
  cluster: string,
  by: string,
  since: string,
  signal?: AbortSignal,
): Promise<Analytics> {
  return call(withQuery(`${base(cluster)}/job-analytics`, { by, since }), { signal });
}

export function templates(signal?: AbortSignal): Promise<{ items: TemplateSummary[] }> {
  return call('/api/job-templates', { signal });
}

export function template(name: string, version?: string, signal?: AbortSignal): Promise<Template> {
  return call(withQuery(templatePath(name), { version }), { signal });
}

export function createTemplate(body: TemplateBody): Promise<Template> {
  return call('/api/job-templates', { method: 'POST', body });
}

/** Makes the version after the one that was changed, unless somebody else has made that meanwhile. */
export function changeTemplate(
  name: string,
  body: Omit<TemplateBody, 'name'> & { version: number },
): Promise<Template> {
  return call(templatePath(name), { method: 'PUT', body });
}

export function deleteTemplate(name: string): Promise<unknown> {
  return call(templatePath(name), { method: 'DELETE' });
}

export function createNamespace(cluster: string, name: string): Promise<NamespaceDetail> {
  return call(`${base(cluster)}/namespaces`, { method: 'POST', body: { namespace_name: name } });
}

export function namespace(cluster: string, name: string, signal?: AbortSignal): Promise<NamespaceDetail> {
  return call(`${base(cluster)}/namespaces/${segment(name)}`, { signal });
}

export function deleteNamespace(cluster: string, name: string, force: boolean): Promise<unknown> {
  const path = `${base(cluster)}/namespaces/${segment(name)}`;
  return call(withQuery(path, { force: force ? 'true' : undefined }), { method: 'DELETE' });
}

/** One telling of one change to one webhook. */
export interface Delivery {
  id: string;
  event: string;
  state: 'pending' | 'delivered' | 'dead';
  /** Of a test, null. */
  cluster: string | null;
  namespace: string | null;
  job_name: string | null;
  attempts: number;
  created_at: string;
  last_attempt_at: string | null;
  next_attempt_at: string | null;
  delivered_at: string | null;
  last_status: number | null;
  last_error: string | null;
}

export function webhooks(signal?: AbortSignal): Promise<{ items: Webhook[] }> {
  return call('/api/webhooks', { signal });
}

export function createWebhook(body: NewWebhook): Promise<Webhook> {
  return call('/api/webhooks', { method: 'POST', body });
}

export function deleteWebhook(id: string): Promise<unknown> {
  return call(hookPath(id), { method: 'DELETE' });
}

export function testWebhook(id: string): Promise<unknown> {
  return call(`${hookPath(id)}/test`, { method: 'POST', body: {} });
}

export function deliveries(id: string, signal?: AbortSignal): Promise<{ items: Delivery[] }> {
  return call(`${hookPath(id)}/deliveries`, { signal });
}

export function retryDelivery(id: string, delivery: string): Promise<unknown> {
  return call(`${hookPath(id)}/deliveries/${segment(delivery)}/retry`, { method: 'POST', body: {} });
}
