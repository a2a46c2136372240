// How clusters and runs are put into words, the same on every page.
import type { Changes, Drift, Provisioned, Run, RunBrief, Support } from '../../api/provision';
import type { Mark } from '../../kinds/health';
import { locale } from '../../texts';
import { provisioning } from '../../texts/provision';
import { WARN_DAYS } from '../eks/support';
import { stateOf } from './states';

export function stateText(cluster: Provisioned): string {
  const { word } = stateOf(cluster);
  const { active } = cluster;
  if (word !== 'busy' || !active) return provisioning().clusterStates[word];
  return provisioning().goingOn(provisioning().doings[active.op], Math.floor(active.percent ?? 0));
}

export function dateText(day: string): string {
  const time = new Date(day);
  return Number.isNaN(time.getTime()) ? day : time.toLocaleDateString(locale(), { dateStyle: 'medium' });
}

export function supportText(support: Support | null): string {
  if (!support) return '';
  const { phase, until, days_left } = support;
  if (until === null || phase === 'unknown') return provisioning().supportPhases[phase];
  if (phase === 'unsupported') return provisioning().supportEnded(dateText(until));
  return provisioning().supportLeft[phase](dateText(until), days_left ?? 0);
}

/** The same without the day. */
export function supportShort(support: Support): string {
  const { phase, days_left } = support;
  if (days_left === null || phase === 'unknown' || phase === 'unsupported')
    return provisioning().supportPhases[phase];
  return provisioning().supportDays[phase](days_left);
}

export function supportMark({ phase, days_left }: Support): Mark {
  if (phase === 'unknown') return 'unknown';
  return phase === 'standard' && (days_left ?? 0) >= WARN_DAYS ? 'ok' : 'bad';
}

export function driftText(drift: Drift | null): string {
  if (!drift) return provisioning().driftNever;
  return drift.found ? provisioning().drifted(sumOf(drift.changes)) : provisioning().driftNone;
}

export function driftMark({ found }: Drift): Mark {
  return found ? 'bad' : 'ok';
}

export function sumOf(changes: Changes | null): number {
  return changes ? changes.add + changes.change + changes.destroy + (changes.import ?? 0) : 0;
}

export function lastRunText({ last_run }: Provisioned): string {
  return last_run ? runText(last_run) : '';
}

/** What became of a run: a plan that waits may have been approved, and that of a drift check need not be. */
export function statusText({ op, status, approved_by_run }: RunBrief): string {
  const texts = provisioning();
  if (status === 'planned' && approved_by_run) return texts.approved;
  if (status === 'planned' && op === 'drift') return texts.differs;
  return texts.statuses[status] ?? status;
}

/** "Upgrade failed" */
export function runText(run: RunBrief): string {
  return provisioning().runWas(provisioning().ops[run.op] ?? run.op, statusText(run));
}

/** What the gateway says, as a sentence; nothing where that is no more than the state. */
export function messageText({ status, message }: RunBrief): string {
  const text = message?.trim() ?? '';
  if (text === '' || text === status) return '';
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** "3 to create, 1 to change", or once that is done "3 created": only what there is. */
export function changesText(changes: Changes | null, isDone = false): string {
  if (!changes) return '';
  const texts = isDone ? provisioning().changed : provisioning().changes;
  const parts = [
    [changes.import ?? 0, texts.import],
    [changes.add, texts.add],
    [changes.change, texts.change],
    [changes.destroy, texts.destroy],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, text]) => text(n));
  return said.length === 0 ? texts.none : said.join(', ');
}

/** What a run has changed, or would. */
export function changesOf({ op, status, changes }: Pick<Run, 'op' | 'status' | 'changes'>): string {
  return changesText(changes, status === 'completed' && op !== 'test' && op !== 'drift');
}
