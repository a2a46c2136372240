import { useEffect, useMemo } from 'preact/hooks';
import * as jobs from '../../api/jobs';
import { Query } from '../../api/query';
import type { KubeObject } from '../../api/types';
import { REFRESH_MS } from '../../lib/refresh';
import { listHref, navigate, storeHref } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { ErrorBox } from '../../ui/error';
import { Fact, Facts } from '../../ui/facts';
import { State, States } from '../../ui/states';
import { isUnfinished } from './states';

export interface DetailProps {
  cluster: string;
  object: KubeObject;
}

const WORKING_MS = 5_000;

/** Read at once, whenever the object changes, and for as long as it may change without that. */
function useDetail<T>(
  { cluster, object }: DetailProps,
  read: (namespace: string, name: string, signal: AbortSignal) => Promise<T>,
  isChanging: (data: T) => boolean,
): Query<T> {
  const { name, namespace = '', uid, resourceVersion } = object.metadata;
  const query = useMemo(
    () => new Query((signal) => read(namespace, name, signal)),
    [cluster, namespace, name, uid],
  );
  useEffect(() => query.renew(), [query, resourceVersion]);
  useEffect(() => {
    const timer = setInterval(() => {
      const data = query.data.peek();
      if (document.visibilityState === 'visible' && (!data || isChanging(data))) query.load();
    }, WORKING_MS);
    return () => {
      clearInterval(timer);
      query.cancel();
    };
  }, [query]);
  return query;
}

function PartFailed({ query, failed }: { query: Query<unknown>; failed: string }) {
  const error = query.error.value;
  if (!error) return null;
  return (
    <ErrorBox
      slim={query.data.value !== undefined}
      failed={failed}
      error={error}
      actions={
        <button type="button" class="button" disabled={query.loading.value} onClick={() => query.load()}>
          {t().tryAgain}
        </button>
      }
    />
  );
}

/** The label by which the pods of a job are found. */
const JOB_LABEL = 'batch.kubernetes.io/job-name';

export function JobSummary({ cluster, object }: DetailProps) {
  const { name, namespace = '' } = object.metadata;
  const query = useDetail(
    { cluster, object },
    (space, job, signal) => jobs.job(cluster, space, job, signal),
    isUnfinished,
  );
  const job = query.data.value;
  return (
    <>
      <PartFailed query={query} failed={jobTexts().statusFailed(name)} />
      {job && (
        <section class="part">
          <h3>{jobTexts().progress}</h3>
          <Troubles cluster={cluster} job={job} />
          <Facts>
            <Fact name={jobTexts().pods}>
              <a
                href={listHref({
                  cluster,
                  kind: 'pods',
                  namespaces: [namespace],
                  filter: `${JOB_LABEL}=${name}`,
                })}
              >
                {jobTexts().podCounts(job.active, job.succeeded, job.failed)}
              </a>
            </Fact>
            <Fact name={jobTexts().wanted}>
              {jobTexts().wants(job.completions ?? 1, job.parallelism ?? 1, job.backoff_limit ?? 6)}
            </Fact>
            {job.template && (
              <Fact name={jobTexts().template}>
                <a
                  href={storeHref('templates', {
                    open: job.template.name,
                    version: String(job.template.version),
                  })}
                >
                  {jobTexts().versionOf(job.template.name, job.template.version)}
                </a>
              </Fact>
            )}
            {job.cronjob && (
              <Fact name={jobTexts().cronJob}>
                <a
                  class="mono"
                  href={listHref({
                    cluster,
                    kind: 'cronjobs.batch',
                    namespaces: [namespace],
                    open: `${namespace}/${job.cronjob}`,
                  })}
                >
                  {job.cronjob}
                </a>
              </Fact>
            )}
          </Facts>
        </section>
      )}
    </>
  );
}

/** "BackoffLimitExceeded: Job has reached the specified backoff limit" */
export function Failure({ text }: { text: string }) {
  const [reason = text, message] = text.split(/: (.*)/s);
  return <State mark="bad" name={reason} message={message} />;
}

/** Why it failed, and what its pods wait for. */
function Troubles({ cluster, job }: { cluster: string; job: jobs.Job }) {
  const waiting = job.waiting ?? [];
  if (!job.failure_reason && waiting.length === 0) return null;
  return (
    <States>
      {job.failure_reason && <Failure text={job.failure_reason} />}
      {waiting.map(({ pod, container, reason, message }) => (
        <State
          key={`${pod} ${container}`}
          mark={
            /^(PodInitializing|ContainerCreating|Unschedulable|SchedulingGated)$/.test(reason)
              ? 'progressing'
              : 'bad'
          }
          name={reason}
          aside={
            <a
              class="mono"
              href={listHref({
                cluster,
                kind: 'pods',
                namespaces: [job.namespace],
                open: `${job.namespace}/${pod}`,
              })}
            >
              {container ? jobTexts().containerOf(container, pod) : pod}
            </a>
          }
          message={message ?? undefined}
        />
      ))}
    </States>
  );
}

/** Goes to a job that has just been made. */
export function openJob(cluster: string, job: jobs.Job): void {
  const { namespace, job_name } = job;
  navigate(
    listHref({ cluster, kind: 'jobs.batch', namespaces: [namespace], open: `${namespace}/${job_name}` }),
  );
}

export function NamespaceSummary({ cluster, object }: DetailProps) {
  const { name } = object.metadata;
  const query = useMemo(() => new Query((signal) => jobs.namespace(cluster, name, signal)), [cluster, name]);
  useEffect(() => {
    query.load();
    const timer = setInterval(() => document.visibilityState === 'visible' && query.load(), REFRESH_MS);
    return () => {
      clearInterval(timer);
      query.cancel();
    };
  }, [query]);
  const contents = query.data.value?.contents;
  return (
    <>
      <PartFailed query={query} failed={jobTexts().contentsFailed(name)} />
      {contents && (
        <section class="part">
          <h3>{jobTexts().contents}</h3>
          {contents.length === 0 && <p class="muted">{jobTexts().contentsNone}</p>}
          <Contents cluster={cluster} namespace={name} contents={contents} />
        </section>
      )}
    </>
  );
}

interface ContentsProps {
  cluster: string;
  namespace: string;
  contents: readonly { type: string; count: number }[];
}

/** What is in a namespace, each a link to the list of it. */
export function Contents({ cluster, namespace, contents }: ContentsProps) {
  return (
    <p class="chips">
      {contents.map(({ type, count }) => (
        <a key={type} class="chip" href={listHref({ cluster, kind: type, namespaces: [namespace] })}>
          {jobTexts().countOf(count, type)}
        </a>
      ))}
    </p>
  );
}
