import { expect, it } from 'vitest';
import type { Dashboard, Fault, Nodes } from '../../api/board';
import { amountText, fullestNodes, gapsOf, troublesOf } from './read';

const NOW = Date.parse('2026-11-21T08:00:00Z');

const fault = (name: string, values: Partial<Fault> = {}): Fault => ({
  kind: 'Pod',
  namespace: 'payments',
  name,
  reason: 'CrashLoopBackOff',
  message: null,
  since: '2026-11-21T07:00:00Z',
  ready: null,
  desired: null,
  starting: false,
  ...values,
});

const board = (faults: Fault[]): Dashboard => ({
  daemonset: null,
  deployment: null,
  pod: null,
  replicaset: null,
  statefulset: null,
  faults,
  faults_left_out: 0,
  errors: [],
});

const amounts = (cpu: number | null) => ({ cpu, memory: null, storage: null, pods: null });
const node = (cpu: number | null, problems: Nodes['nodes'][string]['problems'] = []) => ({
  role: '<none>',
  address: null,
  version: null,
  status: problems.length > 0 ? ('NotReady' as const) : ('Ready' as const),
  schedulable: true,
  problems,
  metrics: { allocatable: amounts(4000), usage: amounts(cpu), percent: amounts(cpu) },
});
const nodes = (of: Nodes['nodes']): Nodes => ({
  nodes: of,
  summary: { allocatable: amounts(null), usage: amounts(null), percent: amounts(null) },
  errors: [],
});

it('puts what is broken before what only has to start, and nodes before all', () => {
  const ill = [{ type: 'Ready', reason: 'KubeletStopped', message: null, since: null }];
  const found = troublesOf(
    board([
      fault('starts', { starting: true, since: '2026-11-21T07:59:00Z' }),
      fault('stuck', { starting: true }),
      fault('web', { kind: 'Deployment', ready: 1, desired: 3, reason: null }),
    ]),
    nodes({ n1: node(1, ill), n2: node(2) }),
    NOW,
  );
  expect(found.map(({ name, mark }) => `${name} ${mark}`)).toEqual([
    'n1 bad',
    'web bad',
    'stuck bad',
    'starts progressing',
  ]);
  expect(found[0]?.word).toBe('KubeletStopped');
  expect(found[1]?.word).toBe('1/3');
});

it('writes amounts in one unit', () => {
  expect(amountText('cpu', 124)).toBe('0.12');
  expect(amountText('cpu', 128_000)).toBe('128');
  expect(amountText('memory', 12 * 2 ** 30)).toBe('12.0');
  expect(amountText('memory', 4000 * 2 ** 30)).toBe('4\u202f000');
  expect(amountText('pods', 10_000)).toBe('10\u202f000');
});

it('shows the fullest nodes first, and last those of which nothing is known', () => {
  const order = fullestNodes(nodes({ a: node(null), b: node(10), c: node(90) }));
  expect(order.map(([name]) => name)).toEqual(['c', 'b', 'a']);
});

it('tells once what could not be read for the same reason', () => {
  const gap = (resource: string, message: string) => ({ resource, code: 'BadGateway', message });
  expect(gapsOf([gap('nodes/a/stats', 'no'), gap('pods', 'late'), gap('nodes/b/stats', 'no')])).toEqual([
    { resources: ['nodes/a/stats', 'nodes/b/stats'], code: 'BadGateway', message: 'no' },
    { resources: ['pods'], code: 'BadGateway', message: 'late' },
  ]);
});
