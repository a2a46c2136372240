// What the states of runs and of clusters look like, and which steps a run goes through.
import type { Op, Provisioned, Run, RunBrief, RunStatus } from '../../api/provision';
import type { Mark } from '../../kinds/health';

const RUN_MARKS: Record<RunStatus, Mark> = {
  pending: 'progressing',
  queued: 'progressing',
  running: 'progressing',
  planned: 'progressing',
  completed: 'ok',
  failed: 'bad',
  cancelled: 'unknown',
  blocked: 'bad',
  unknown: 'unknown',
};

export function markOf({ status, approved_by_run }: RunBrief): Mark {
  return status === 'planned' && approved_by_run ? 'ok' : RUN_MARKS[status];
}

/** Whether it still goes on by itself. */
export function isActive({ status }: Pick<RunBrief, 'status'>): boolean {
  return status === 'pending' || status === 'queued' || status === 'running';
}

/** Its work is done; what it has made is being connected, or written down. */
export function isEnding(run: Pick<Run, 'status' | 'step'>): boolean {
  return run.status === 'running' && ['succeeded', 'planned', 'unchanged'].includes(run.step ?? '');
}

export type Step = 'queue' | 'init' | 'heal' | 'sweep' | 'plan' | 'guard' | 'apply' | 'outputs';

const LOOK: readonly Step[] = ['queue', 'init', 'plan', 'guard'];
const CHANGE: readonly Step[] = ['queue', 'init', 'plan', 'heal', 'guard', 'apply', 'outputs'];
const STEPS: Record<Op, readonly Step[]> = {
  test: LOOK,
  drift: LOOK,
  provision: CHANGE,
  upgrade: CHANGE,
  scale: CHANGE,
  update: CHANGE,
  apply: ['queue', 'init', 'guard', 'apply', 'outputs'],
  destroy: ['queue', 'init', 'heal', 'plan', 'guard', 'sweep', 'apply'],
  unlock: ['queue', 'init'],
  cleanup: ['queue', 'init'],
};

export type StepState = 'done' | 'now' | 'next' | 'stopped';

/**
 * Each step with how far it is. A run that has ended well has done them all; one that waits for approval has done what
 * comes before the applying; one that ended badly stopped in the last that it began.
 */
export function stepsOf(run: Run): { step: Step; state: StepState }[] {
  const steps = stepsFor(run);
  const said = steps.indexOf((run.step ?? 'queue') as Step);
  const stopped = run.status === 'failed' || run.status === 'cancelled' || run.status === 'blocked';
  if (run.status === 'completed' || isEnding(run)) return steps.map((step) => ({ step, state: 'done' }));
  if (run.status === 'planned') {
    return steps.map((step) => ({ step, state: step === 'apply' || step === 'outputs' ? 'next' : 'done' }));
  }
  const at = said < 0 ? guess(run, steps) : said;
  return steps.map((step, index) => ({
    step,
    state: index < at ? 'done' : index > at ? 'next' : stopped ? 'stopped' : 'now',
  }));
}

/** What stops behind its plan does nothing after that, whatever it was made for. */
function stepsFor({ op, plan_only }: Run): readonly Step[] {
  const steps = STEPS[op] ?? CHANGE;
  return plan_only ? steps.slice(0, steps.indexOf('guard') + 1) : steps;
}

function guess(run: Run, steps: readonly Step[]): number {
  if (run.status === 'blocked') return steps.indexOf('guard');
  if (run.started_at === null || run.started_at === undefined) return 0;
  // How much there is to do is known from the plan on, and until then Terraform finds fault with the plan alone.
  const step = (run.progress?.total ?? 0) > 0 ? 'apply' : run.diagnostics.length > 0 ? 'plan' : 'init';
  return Math.max(0, steps.indexOf(step));
}

export type ClusterWord = Provisioned['state'] | 'approval' | 'busy' | 'failed';

/** What to say first of a cluster: what goes on, what waits for somebody, what went wrong, and else what it is. */
export function stateOf({ state, active, last_run }: Provisioned): { mark: Mark; word: ClusterWord } {
  if (active) return { mark: 'progressing', word: 'busy' };
  if (last_run?.status === 'planned' && last_run.op !== 'drift' && last_run.op !== 'test')
    return { mark: 'progressing', word: 'approval' };
  if (last_run && (last_run.status === 'failed' || last_run.status === 'blocked'))
    return { mark: 'bad', word: 'failed' };
  if (state === 'present') return { mark: 'ok', word: 'present' };
  return { mark: state === 'partial' ? 'bad' : 'unknown', word: state };
}

/** Milliseconds that a run has taken, or has been going on for. */
export function tookOf(run: RunBrief, now: number): number | undefined {
  const start = Date.parse(run.started_at ?? '');
  if (Number.isNaN(start)) return undefined;
  const end = Date.parse(run.finished_at ?? '');
  return Math.max(0, (Number.isNaN(end) ? now : end) - start);
}

/** "1.32" after "1.31". */
export function nextVersion(version: string): string {
  const match = /^(\d+)\.(\d+)$/.exec(version);
  return match ? `${match[1]}.${Number(match[2]) + 1}` : '';
}

/** Money as it is compared: whole cents, thousands apart. */
export function money(value: number, currency: string, locale: string): string {
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).format(value);
}
