// One finished job as it was recorded; it may be gone from the cluster.
import { useSignal } from '@preact/signals';
import { type Job, rerun } from '../../api/jobs';
import { to } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { detail } from '../../texts/object';
import { Age } from '../../ui/age';
import { Code } from '../../ui/code';
import { DrawerFrame } from '../../ui/drawer';
import { Fact, Facts } from '../../ui/facts';
import { Status } from '../../ui/mark';
import { States } from '../../ui/states';
import { Doing, Failure, JobLink, openJob } from './detail';
import { endOf } from './history';
import { STATE_MARKS, seconds } from './states';

export function RunDrawer({ cluster, job, onClose }: { cluster: string; job: Job; onClose(): void }) {
  const tab = useSignal('summary');
  const texts = jobTexts();
  return (
    <DrawerFrame
      kind={texts.recorded}
      place={job.namespace}
      name={job.job_name}
      tabs={[
        { id: 'summary', label: detail().tabs.summary },
        { id: 'yaml', label: detail().tabs.yaml },
      ]}
      tab={tab.value}
      onTab={(id) => {
        tab.value = id;
      }}
      onClose={onClose}
      actions={
        <>
          {job.template && (
            <a
              class="button"
              href={to('job-new', {
                cluster,
                namespace: job.namespace,
                from: 'template',
                template: job.template.name,
              })}
            >
              {texts.again}
            </a>
          )}
          {!job.template && (
            <Doing
              label={texts.rerun}
              doing={texts.rerunning}
              tip={texts.rerunTip}
              failed={texts.rerunFailed(job.job_name)}
              run={async () => openJob(cluster, await rerun(cluster, job.namespace, job.job_name))}
            />
          )}
        </>
      }
    >
      {tab.value === 'yaml' && <Code value={job} />}
      {tab.value === 'summary' && (
        <div class="summary">
          {job.failure_reason && (
            <States>
              <Failure text={job.failure_reason} />
            </States>
          )}
          <Facts>
            <Fact name={texts.state}>
              <Status mark={STATE_MARKS[job.state]} word={texts.states[job.state]} />
            </Fact>
            <Fact name={texts.duration}>
              <span class="mono">{seconds(job.duration_seconds)}</span>
            </Fact>
            <Fact name={texts.pods}>{texts.podCounts(job.active, job.succeeded, job.failed)}</Fact>
            <Fact name={t().columns.created}>
              <Age time={job.creation_time ?? undefined} />{' '}
              <span class="muted mono">{job.creation_time}</span>
            </Fact>
            <Fact name={texts.ended}>
              <Age time={endOf(job)} /> <span class="muted mono">{endOf(job)}</span>
            </Fact>
            {job.template && (
              <Fact name={texts.template}>
                <a
                  href={to('templates', {
                    open: job.template.name,
                    version: String(job.template.version),
                  })}
                >
                  {texts.versionOf(job.template.name, job.template.version)}
                </a>
              </Fact>
            )}
            {job.cronjob && (
              <Fact name={texts.cronJob}>
                <span class="mono">{job.cronjob}</span>
              </Fact>
            )}
            <Fact name={texts.inCluster}>
              <JobLink cluster={cluster} job={job} />
            </Fact>
          </Facts>
          <p class="muted">{texts.recordedWhy}</p>
        </div>
      )}
    </DrawerFrame>
  );
}
