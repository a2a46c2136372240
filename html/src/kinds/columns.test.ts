import { describe, expect, it } from 'vitest';
import type { Resource, TableColumn, TableRow } from '../api/types';
import { cellKey, columnsOf } from './columns';

const pods: Resource = {
  type: 'pods',
  plural: 'pods',
  group: '',
  version: 'v1',
  kind: 'Pod',
  namespaced: true,
  verbs: ['list'],
};

function column(name: string, priority = 0, type = 'string'): TableColumn {
  return { name, type, format: name === 'Name' ? 'name' : '', priority, description: '' };
}

const columns = [
  column('Name'),
  column('Ready'),
  column('Status'),
  column('Restarts'),
  column('Age'),
  column('IP', 1),
  column('Node', 1),
];
const rows: TableRow[] = [
  {
    name: 'a',
    namespace: 'x',
    uid: '1',
    creation_time: '2026-11-20T00:00:00Z',
    cells: ['a', '1/1', 'Running', '0', '1d', '10.0.0.1', 'n1'],
  },
  {
    name: 'b',
    namespace: 'y',
    uid: '2',
    creation_time: '2026-11-21T00:00:00Z',
    cells: ['b', '0/1', 'CrashLoopBackOff', '12 (3m ago)', '2h', '10.0.0.2', 'n2'],
  },
];

describe('columnsOf', () => {
  const out = columnsOf(pods, columns, rows, true);
  const byId = (id: string) => out.find((one) => one.id === id);

  it('puts what, where and how first, the age last', () => {
    expect(out.map((one) => one.id)).toEqual([
      'name',
      'namespace',
      'status',
      'ready',
      'restarts',
      'ip',
      'node',
      'age',
    ]);
  });

  it('shows the node of a pod, and hides what is only for the wide view', () => {
    expect(byId('node')?.byDefault).toBe(true);
    expect(byId('ip')?.byDefault).toBe(false);
  });

  it('leaves the namespace out when there is only one to see', () => {
    expect(columnsOf(pods, columns, rows, false).some((one) => one.role === 'namespace')).toBe(false);
  });

  it('marks the status, faults sorting first', () => {
    const status = byId('status');
    const now = Date.parse('2026-11-21T01:00:00Z');
    expect(rows.map((row) => status?.mark?.(row, now))).toEqual(['ok', 'bad']);
    const keys = rows.map((row) => String(status?.key(row)));
    expect((keys[1] ?? '') < (keys[0] ?? '')).toBe(true);
  });

  it('takes ages from the creation time, the youngest first', () => {
    const key = byId('age')?.key;
    expect(Number(key?.(rows[1] as TableRow))).toBeLessThan(Number(key?.(rows[0] as TableRow)));
  });

  it('aligns numbers in whatever shape they come', () => {
    expect(byId('restarts')?.role).toBe('number');
    expect(byId('ready')?.role).toBe('number');
    expect(byId('node')?.role).toBe('text');
  });

  it('invents a name where the API has none', () => {
    const bare = columnsOf({ ...pods, type: 'x', plural: 'x' }, [column('Data', 0, 'integer')], [], false);
    expect(bare.map((one) => one.id)).toEqual(['name', 'data']);
  });

  it('does not take any word for a state', () => {
    const service = { ...pods, type: 'services', plural: 'services' };
    const typed = columnsOf(
      service,
      [column('Name'), column('Type')],
      [{ name: 's', cells: ['s', 'ClusterIP'] }],
      false,
    );
    expect(typed.some((one) => one.mark)).toBe(false);
  });
});

it('finds the number in a cell', () => {
  expect(cellKey('14 (2m ago)')).toBe(14);
  expect(cellKey('2/4')).toBe(0.5);
  expect(cellKey('3d4h')).toBe(273_600_000);
  expect(cellKey('10Gi')).toBe(10 * 2 ** 30);
  expect(cellKey('40%')).toBe(40);
  expect(cellKey(7)).toBe(7);
  expect(cellKey('Web')).toBe('web');
});
