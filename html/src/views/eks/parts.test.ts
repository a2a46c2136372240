import { describe, expect, it } from 'vitest';
import type { EksObject } from '../../api/types';
import { fieldsOf } from './fields';
import { faultsOf, itemsOf, PARTS, type Part, partOf, policiesOf, timeOf } from './parts';

function part(id: string): Part {
  const found = partOf(id);
  if (!found) throw new Error(id);
  return found;
}

function items(id: string, objects: EksObject[]) {
  const { list } = part(id);
  return itemsOf(part(id), { [list]: objects, errors: [] });
}

describe('the parts of a cluster', () => {
  it('put what is wrong first, ERROR before WARNING', () => {
    const insight = (name: string, status: string) => ({
      name,
      insightStatus: { status, reason: `${name} says why` },
    });
    const found = items('insights', [
      insight('a', 'PASSING'),
      insight('b', 'WARNING'),
      insight('c', 'ERROR'),
      insight('d', 'UNKNOWN'),
    ]);
    expect(found.map((item) => [item.name, item.status?.mark])).toEqual([
      ['c', 'bad'],
      ['b', 'bad'],
      ['d', 'unknown'],
      ['a', 'ok'],
    ]);
    expect(found.map((item) => item.issues.length)).toEqual([1, 1, 1, 0]);
  });

  it('do not call active well what has health issues', () => {
    const issues = [{ code: 'InsufficientNumberOfReplicas', message: 'too few' }];
    const [first, second] = items('addons', [
      { addonName: 'coredns', status: 'ACTIVE', health: { issues: [] } },
      { addonName: 'vpc-cni', status: 'ACTIVE', health: { issues } },
    ]);
    expect([first?.name, first?.status?.mark]).toEqual(['vpc-cni', 'bad']);
    expect(second?.status?.mark).toBe('ok');
  });

  it('read words of AWS as states', () => {
    const marks = ['ACTIVE', 'CREATING', 'UPDATING', 'DELETING', 'DEGRADED', 'CREATE_FAILED'].map(
      (status) => {
        const [item] = items('nodegroups', [{ nodegroupName: 'a', status }]);
        return item?.status?.mark;
      },
    );
    expect(marks).toEqual(['ok', 'progressing', 'progressing', 'progressing', 'bad', 'bad']);
    const updates = ['Successful', 'InProgress', 'Failed', 'Cancelled'].map((status) => {
      const [item] = items('updates', [{ id: 'a', status }]);
      return item?.status?.mark;
    });
    expect(updates).toEqual(['ok', 'progressing', 'bad', 'unknown']);
  });

  it('forget a failed update that a later one of its kind has mended', () => {
    const update = (id: string, type: string, status: string, createdAt: number) => ({
      id,
      type,
      status,
      createdAt,
    });
    const found = items('updates', [
      update('old', 'VersionUpdate', 'Failed', 1),
      update('new', 'VersionUpdate', 'Successful', 2),
      update('other', 'VpcConfigUpdate', 'Failed', 1),
    ]);
    expect(faultsOf(part('updates'), found).map((item) => item.name)).toEqual(['other']);
  });

  it('survive objects that lack everything', () => {
    for (const { id, columns } of PARTS) {
      const [item] = items(id, [{}]);
      for (const column of columns) expect(typeof column.text(item?.object ?? {}), id).toBe('string');
      expect(items(id, [])).toEqual([]);
    }
    expect(itemsOf(part('addons'), { errors: [] })).toEqual([]);
  });

  it('name the policies of an access entry with where they hold', () => {
    const arn = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`;
    expect(
      policiesOf({
        associatedAccessPolicies: [
          { policyArn: arn('AmazonEKSClusterAdminPolicy'), accessScope: { type: 'cluster' } },
          {
            policyArn: arn('AmazonEKSViewPolicy'),
            accessScope: { type: 'namespace', namespaces: ['a', 'b'] },
          },
        ],
      }),
    ).toEqual(['ClusterAdmin', 'View in a, b']);
  });
});

it('reads times as seconds and as text', () => {
  expect(timeOf(1_700_000_000.5)).toBe(1_700_000_000_500);
  expect(timeOf('2026-01-01T00:00:00Z')).toBe(Date.UTC(2026, 0, 1));
  expect(timeOf(undefined)).toBeUndefined();
});

it('shows every field that says something', () => {
  const object = {
    a: 1,
    b: { c: 'x', d: null, e: '' },
    f: ['p', 'q'],
    g: [{ h: true }, { h: false }],
    i: [],
  };
  expect(fieldsOf(object)).toEqual([
    ['a', 1],
    ['b.c', 'x'],
    ['f', ['p', 'q']],
    ['g[0].h', true],
    ['g[1].h', false],
  ]);
});
