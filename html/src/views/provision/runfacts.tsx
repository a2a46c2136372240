// Who started a run, when, where it ran, and under which names.
import type { ComponentChildren } from 'preact';
import type { Run } from '../../api/provision';
import { duration } from '../../lib/age';
import { now } from '../../lib/media';
import { to } from '../../router';
import { provisioning } from '../../texts/provision';
import { Age } from '../../ui/age';
import { Fact, Facts } from '../../ui/facts';
import { tookOf } from './states';
import { changesOf } from './words';

export function RunFacts({ run }: { run: Run }) {
  const texts = provisioning().facts;
  const { cluster_name: name } = run;
  const took = tookOf(run, now.value);
  return (
    <div class="summary">
      <Facts wide>
        <Fact name={texts.op}>{provisioning().ops[run.op]}</Fact>
        {run.message && <Fact name={texts.message}>{run.message}</Fact>}
        {run.changes && <Fact name={texts.changes}>{changesOf(run)}</Fact>}
        {run.plan_hash && <Fact name={texts.hash}>{mono(run.plan_hash)}</Fact>}
        {run.approves && (
          <Fact name={texts.approves}>
            <a class="mono" href={to('provision-run', { name, run: run.approves })}>
              {run.approves}
            </a>
          </Fact>
        )}
        {run.created_by && <Fact name={texts.by}>{mono(run.created_by)}</Fact>}
        <Fact name={texts.created}>{time(run.created_at)}</Fact>
        {run.started_at && <Fact name={texts.started}>{time(run.started_at)}</Fact>}
        {run.finished_at && <Fact name={texts.finished}>{time(run.finished_at)}</Fact>}
        {took !== undefined && <Fact name={texts.took}>{duration(took)}</Fact>}
        {run.runner && <Fact name={texts.runner}>{provisioning().runners[run.runner] ?? run.runner}</Fact>}
        {run.job_name && <Fact name={texts.job}>{mono(run.job_name)}</Fact>}
        <Fact name={texts.id}>{mono(run.run)}</Fact>
        {run.lock && (
          <Fact name={texts.lock}>{mono(`${run.lock.who} ${run.lock.operation} ${run.lock.created}`)}</Fact>
        )}
      </Facts>
    </div>
  );
}

const mono = (text: string): ComponentChildren => <span class="mono">{text}</span>;

const time = (at: string | null | undefined): ComponentChildren => (
  <>
    <Age time={at ?? undefined} /> <span class="muted mono">{at}</span>
  </>
);
