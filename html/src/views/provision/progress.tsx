// How far a run is: its steps, percent, time gone and to come, what is being made now, and what went wrong in sentences.
import type { Run } from '../../api/provision';
import { duration } from '../../lib/age';
import { now } from '../../lib/media';
import { to } from '../../router';
import { provisioning } from '../../texts/provision';
import { Mark } from '../../ui/mark';
import { State, States } from '../../ui/states';
import { isActive, isEnding, type StepState, stepsOf, tookOf } from './states';
import { changesOf, messageText } from './words';

const MARKS = { done: 'ok', now: 'progressing', next: 'unknown', stopped: 'bad' } as const satisfies Record<
  StepState,
  string
>;

export function Progress({ run, onPlan }: { run: Run; onPlan?(): void }) {
  const active = isActive(run);
  return (
    <section class="run" aria-label={provisioning().progress}>
      <Steps run={run} />
      <Bar run={run} />
      {active && <Current run={run} />}
      {!active && <Outcome run={run} onPlan={onPlan} />}
      <Faults run={run} />
    </section>
  );
}

function Steps({ run }: { run: Run }) {
  const texts = provisioning();
  return (
    <ol class="run-steps">
      {stepsOf(run).map(({ step, state }) => (
        <li
          key={step}
          class={`run-step run-step-${state}`}
          aria-current={state === 'now' ? 'step' : undefined}
        >
          <Mark mark={state === 'stopped' && run.status === 'cancelled' ? 'unknown' : MARKS[state]} />
          <span class="offscreen">{texts.stepStates[state]}</span>
          {texts.steps[step]}
        </li>
      ))}
    </ol>
  );
}

function Bar({ run }: { run: Run }) {
  const texts = provisioning();
  const { progress } = run;
  const active = isActive(run);
  // Ages tick every ten seconds, which is too seldom for what is being waited for; each reading draws anew.
  const took = tookOf(run, active ? Date.now() : now.value);
  const percent = run.status === 'completed' ? 100 : Math.floor(progress?.percent ?? 0);
  return (
    <div class="run-bar">
      {(active || percent > 0) && (
        <span class="run-done">
          <progress max={100} value={percent} aria-label={texts.progress} />
          <span class="run-percent">{texts.percent(percent)}</span>
        </span>
      )}
      {took !== undefined && (
        <span>{active ? texts.elapsed(duration(took)) : texts.took(duration(took))}</span>
      )}
      {active && progress?.eta_s !== null && progress?.eta_s !== undefined && (
        <span>{texts.left(duration(progress.eta_s * 1000))}</span>
      )}
      {progress && progress.total > 0 && (active || progress.done > 0) && (
        <span class="muted">{texts.resources(progress.done, progress.total)}</span>
      )}
    </div>
  );
}

function Current({ run }: { run: Run }) {
  const current = run.progress?.current ?? [];
  if (current.length === 0) {
    const said = isEnding(run) ? provisioning().ending : messageText(run);
    return said === '' ? null : <p class="muted run-message">{said}</p>;
  }
  return (
    <ul class="run-current" aria-label={provisioning().currentLabel}>
      {current.map(({ address, action, elapsed_s }) => (
        <li key={address}>
          <span class="mono">{address}</span>
          <span class="muted">{provisioning().actionsNow[action] ?? action}</span>
          <span class="run-time">{duration(elapsed_s * 1000)}</span>
        </li>
      ))}
    </ul>
  );
}

/** How it ended, and the one next step; the plan says itself what blocks it. */
function Outcome({ run, onPlan }: { run: Run; onPlan?(): void }) {
  const texts = provisioning();
  const { status, cluster_name: name } = run;
  const changed = changesOf(run);
  if (status === 'planned' && !run.approved_by_run) {
    return (
      <div class="strip strip-warn" role="status">
        <Mark mark="progressing" />
        <span class="strip-text">
          <strong>{texts.waitsForApproval}</strong> {changed}
        </span>
        {onPlan && (
          <button type="button" class="button" onClick={onPlan}>
            {texts.lookAtPlan}
          </button>
        )}
      </div>
    );
  }
  if ((status === 'blocked' && !onPlan) || status === 'planned') return null;
  const bad = status === 'failed' || status === 'blocked';
  const message = messageText(run);
  const said = bad || status === 'cancelled' ? message : texts.endedWell[run.op](changed);
  return (
    <div class={bad ? 'strip strip-bad' : 'strip'} role="status">
      <Mark mark={bad ? 'bad' : status === 'cancelled' ? 'unknown' : 'ok'} />
      <div class="strip-text">
        <p>
          <strong>{texts.statuses[status]}.</strong> {said}
        </p>
        {status === 'completed' && message !== '' && <p>{message}</p>}
        {(status === 'failed' || status === 'cancelled') && run.op !== 'test' && run.op !== 'drift' && (
          <p class="muted">{texts.startAgain}</p>
        )}
      </div>
      {status === 'blocked' ? (
        <button type="button" class="button" onClick={onPlan}>
          {texts.lookAtPlan}
        </button>
      ) : (
        <a class="button" href={to('provisioned', { name })}>
          {texts.toCluster(name)}
        </a>
      )}
    </div>
  );
}

/** What AWS says of groups of nodes that do not come along, and what Terraform says. */
function Faults({ run }: { run: Run }) {
  const issues = run.issues ?? [];
  if (run.diagnostics.length + issues.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section class="run-diagnostics" tabIndex={0} aria-label={provisioning().faults}>
      <States>
        {issues.map(({ kind, name, code, message, resources = [] }) => (
          <State
            key={`${kind} ${name} ${code}`}
            mark="bad"
            name={name}
            mono
            word={code}
            origin={resources.join(', ')}
            message={message}
          />
        ))}
        {run.diagnostics.map(({ severity, summary, detail, address }, index) => (
          <State
            key={`${index} ${summary}`}
            mark={severity === 'error' ? 'bad' : 'unknown'}
            name={address || provisioning().severities[severity === 'error' ? 'error' : 'warning']}
            mono={Boolean(address)}
            message={[summary, detail].filter(Boolean).join(' ')}
          />
        ))}
      </States>
    </section>
  );
}
