// What a job, a cron job and a namespace show and offer beyond what every object does.
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { type ApiError, toApiError } from '../../api/error';
import * as jobs from '../../api/jobs';
import { Query } from '../../api/query';
import type { KubeObject } from '../../api/types';
import { REFRESH_MS, refreshNow } from '../../lib/refresh';
import { listHref, navigate, to } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { Age } from '../../ui/age';
import { Dialog } from '../../ui/dialog';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Fact, Facts } from '../../ui/facts';
import { Again } from '../../ui/list';
import { State, States } from '../../ui/states';
import { Waiting } from '../../ui/waiting';
import { isUnfinished, STATE_MARKS, seconds } from './states';

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
  useEffect(() => {
    query.renew();
  }, [query, resourceVersion]);
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
      actions={<Again query={query} />}
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
                  href={to('templates', {
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
            pod && (
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
            )
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

interface DoingProps {
  label: string;
  doing: string;
  tip?: string;
  failed: string;
  run(): Promise<unknown>;
}

/** A button for what is done at once; what goes wrong is said in a dialog of its own. */
export function Doing({ label, doing, tip, failed, run }: DoingProps) {
  const busy = useSignal(false);
  const error = useSignal<ApiError | undefined>(undefined);
  const close = () => {
    error.value = undefined;
  };
  async function go(): Promise<void> {
    if (busy.peek()) return;
    busy.value = true;
    close();
    try {
      await run();
    } catch (reason) {
      error.value = toApiError(reason);
    } finally {
      busy.value = false;
    }
  }
  return (
    <>
      <button type="button" class="button" title={tip} disabled={busy.value} onClick={go}>
        {busy.value ? doing : label}
      </button>
      {error.value && (
        <Dialog label={failed} onClose={close}>
          <div class="form">
            <ErrorBox failed={failed} error={error.value} />
            <div class="dialog-actions">
              <button type="button" class="button button-main" onClick={close}>
                {t().close}
              </button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}

export function JobActions({ cluster, object }: DetailProps) {
  const { name, namespace = '' } = object.metadata;
  return (
    <Doing
      label={jobTexts().rerun}
      doing={jobTexts().rerunning}
      tip={jobTexts().rerunTip}
      failed={jobTexts().rerunFailed(name)}
      run={async () => openJob(cluster, await jobs.rerun(cluster, namespace, name))}
    />
  );
}

export function CronActions({ cluster, object }: DetailProps) {
  const { name, namespace = '' } = object.metadata;
  const suspended = (object.spec as { suspend?: boolean } | undefined)?.suspend === true;
  return (
    <>
      <Doing
        label={jobTexts().trigger}
        doing={jobTexts().triggering}
        tip={jobTexts().triggerTip}
        failed={jobTexts().triggerFailed(name)}
        run={async () => openJob(cluster, await jobs.trigger(cluster, namespace, name))}
      />
      <Doing
        label={suspended ? jobTexts().resume : jobTexts().suspend}
        doing={suspended ? jobTexts().resuming : jobTexts().suspending}
        tip={suspended ? jobTexts().resumeTip : jobTexts().suspendTip}
        failed={suspended ? jobTexts().resumeFailed(name) : jobTexts().suspendFailed(name)}
        run={async () => {
          await jobs.suspend(cluster, namespace, name, !suspended);
          refreshNow();
        }}
      />
    </>
  );
}

export function CronJobs({ cluster, object }: DetailProps) {
  const { name } = object.metadata;
  const query = useDetail(
    { cluster, object },
    (space, cron, signal) => jobs.cronJob(cluster, space, cron, signal),
    (cron) => cron.active > 0,
  );
  const made = query.data.value?.jobs;
  return (
    <>
      <PartFailed query={query} failed={jobTexts().cronFailed(name)} />
      {!made && !query.error.value && <Waiting what={jobTexts().waitingCron(name)} />}
      {made?.length === 0 && <Empty title={jobTexts().noCronJobs} why={jobTexts().noCronJobsWhy} />}
      {made && made.length > 0 && (
        <div class={query.error.value ? 'summary stale' : 'summary'}>
          <States>
            {made.map((job) => (
              <State
                key={job.job_name}
                mark={STATE_MARKS[job.state]}
                name={jobTexts().states[job.state]}
                aside={<JobLink cluster={cluster} job={job} />}
                word={seconds(job.duration_seconds)}
                time={<Age time={job.creation_time ?? undefined} />}
                message={job.failure_reason ?? undefined}
              />
            ))}
          </States>
        </div>
      )}
    </>
  );
}

type Named = Pick<jobs.Job, 'namespace' | 'job_name'>;

interface JobLinkProps {
  cluster: string;
  job: Named;
  onFollow?(): void;
}

export function JobLink({ cluster, job, onFollow }: JobLinkProps): ComponentChildren {
  const { namespace, job_name } = job;
  return (
    <a
      class="mono"
      href={listHref({
        cluster,
        kind: 'jobs.batch',
        namespaces: [namespace],
        open: `${namespace}/${job_name}`,
      })}
      onClick={onFollow}
    >
      {job_name}
    </a>
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
