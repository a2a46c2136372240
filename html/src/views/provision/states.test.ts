import { describe, expect, it } from 'vitest';
import type { Provisioned, Run, RunBrief } from '../../api/provision';
import { insightsFor } from './insights';
import { isActive, nextVersion, stateOf, stepsOf, tookOf } from './states';
import { changesOf } from './words';

function steps(run: Partial<Run>): string {
  const marks = { done: '+', now: '>', next: '.', stopped: '!' };
  return stepsOf({
    op: 'provision',
    status: 'running',
    step: null,
    diagnostics: [],
    ...run,
  } as unknown as Run)
    .map(({ step, state }) => `${marks[state]}${step}`)
    .join(' ');
}

describe('the steps of a run', () => {
  it.each<[string, Partial<Run>, string]>([
    ['waits', { status: 'queued' }, '>queue .init .plan .heal .guard .apply .outputs'],
    ['applies', { step: 'apply' }, '+queue +init +plan +heal +guard >apply .outputs'],
    [
      'is done',
      { status: 'completed', step: 'succeeded' },
      '+queue +init +plan +heal +guard +apply +outputs',
    ],
    [
      'failed while applying',
      {
        status: 'failed',
        step: 'failed',
        started_at: 'x',
        progress: { done: 0, total: 9 } as Run['progress'],
      },
      '+queue +init +plan +heal +guard !apply .outputs',
    ],
    [
      'failed while planning',
      {
        status: 'failed',
        step: 'failed',
        started_at: 'x',
        diagnostics: [{ severity: 'error', summary: 'x' }],
      },
      '+queue +init !plan .heal .guard .apply .outputs',
    ],
    [
      'has done its work',
      { status: 'running', step: 'succeeded' },
      '+queue +init +plan +heal +guard +apply +outputs',
    ],
    ['is blocked', { status: 'blocked', step: 'blocked' }, '+queue +init +plan +heal !guard .apply .outputs'],
    ['waits for approval', { status: 'planned', plan_only: true }, '+queue +init +plan +heal +guard'],
    ['looks only', { op: 'test', step: 'plan' }, '+queue +init >plan .guard'],
  ])('when it %s', (_, run, said) => {
    expect(steps(run)).toBe(said);
  });
});

describe('a cluster', () => {
  const cluster = { state: 'present', active: null, last_run: null } as Provisioned;
  const last = (op: RunBrief['op'], status: RunBrief['status']) => ({
    ...cluster,
    last_run: { run: 'r', op, status },
  });
  it.each<[Provisioned, string]>([
    [cluster, 'present'],
    [{ ...cluster, state: 'partial' }, 'partial'],
    [{ ...last('provision', 'running'), active: { run: 'r', op: 'provision', status: 'running' } }, 'busy'],
    [last('update', 'planned'), 'approval'],
    [last('drift', 'planned'), 'present'],
    [last('test', 'failed'), 'failed'],
    [last('upgrade', 'blocked'), 'failed'],
    [{ ...last('destroy', 'completed'), state: 'destroyed' }, 'destroyed'],
  ])('stands as it should: %#', (provisioned, word) => {
    expect(stateOf(provisioned).word).toBe(word);
  });
});

describe('a run', () => {
  it('goes on until it is over', () => {
    expect(isActive({ status: 'queued' })).toBe(true);
    expect(isActive({ status: 'planned' })).toBe(false);
  });

  it('takes from its start to its end, or to now', () => {
    const run = { started_at: '2026-11-21T19:00:00Z' } as RunBrief;
    const now = Date.parse('2026-11-21T19:01:00Z');
    expect(tookOf(run, now)).toBe(60_000);
    expect(tookOf({ ...run, finished_at: '2026-11-21T19:00:30Z' }, now)).toBe(30_000);
    expect(tookOf({} as RunBrief, now)).toBeUndefined();
  });
});

describe('what a run changes', () => {
  const changes = { add: 3, change: 0, destroy: 1, import: 0 };
  it.each<[Partial<Run>, string]>([
    [{ op: 'provision', status: 'planned', changes }, '3 to create, 1 to destroy'],
    [{ op: 'apply', status: 'completed', changes }, '3 created, 1 destroyed'],
    [{ op: 'test', status: 'completed', changes }, '3 to create, 1 to destroy'],
    [
      { op: 'update', status: 'completed', changes: { add: 0, change: 0, destroy: 0 } },
      'Nothing had to change',
    ],
    [{ op: 'drift', status: 'completed', changes: null }, ''],
  ])('is told as done once it is: %#', (run, said) => {
    expect(changesOf(run as Run)).toBe(said);
  });
});

describe('an upgrade', () => {
  it('goes one minor version at a time', () => {
    expect(nextVersion('1.31')).toBe('1.32');
    expect(nextVersion('1.9')).toBe('1.10');
    expect(nextVersion('')).toBe('');
  });

  it('is told by insights about that version, the worst first', () => {
    const insight = (
      id: string,
      status: string,
      kubernetesVersion?: string,
      category = 'UPGRADE_READINESS',
    ) => ({
      id,
      name: id,
      category,
      kubernetesVersion,
      insightStatus: { status, reason: 'why' },
    });
    const insights = [
      insight('ok', 'PASSING', '1.34'),
      insight('other', 'ERROR', '1.35'),
      insight('config', 'ERROR', '1.34', 'MISCONFIGURATION'),
      insight('warned', 'WARNING', '1.34'),
      insight('any', 'ERROR'),
      insight('odd', 'NEW', '1.34'),
    ];
    expect(insightsFor({ insights }, '1.34').map(({ id, status }) => `${id} ${status}`)).toEqual([
      'any ERROR',
      'warned WARNING',
      'odd UNKNOWN',
      'ok PASSING',
    ]);
    expect(insightsFor({}, '1.34')).toEqual([]);
  });
});
