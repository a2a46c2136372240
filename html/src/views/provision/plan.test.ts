import { describe, expect, it } from 'vitest';
import type { Plan, PlanAction, PlanAttribute, PlanResource } from '../../api/provision';
import { branchesOf, countsOf, nameIn, sideOf, textOf } from './plan';

function resource(address: string, action: PlanAction, attributes: PlanAttribute[] = []): PlanResource {
  return { address, type: address.split('.')[0], name: address.split('.')[1], action, attributes };
}

const plan: Plan = {
  hash: 'sha256:0',
  changes: { add: 2, change: 1, destroy: 2 },
  blocked: ['aws_eks_cluster.this'],
  tree: [
    resource('aws_vpc.this[0]', 'create', [{ path: 'cidr_block', before: null, after: '10.60.0.0/16' }]),
    resource('aws_db.x', 'update', [{ path: 'password', before: 'hunter2', after: 'x', sensitive: true }]),
    resource('aws_a.this', 'replace'),
    resource('aws_eks_cluster.this', 'replace'),
    resource('aws_eks_addon.late["coredns"]', 'delete'),
    resource('aws_iam_role.node[0]', 'create'),
  ],
};
const addresses = (filter: string, action = '') =>
  branchesOf(plan, filter, action).map(({ resources }) => resources.map(({ address }) => address));

describe('a plan', () => {
  it('shows first what can be lost, and of that first what is blocked', () => {
    expect(branchesOf(plan, '', '').map(({ action }) => action)).toEqual([
      'replace',
      'delete',
      'update',
      'create',
    ]);
    expect(addresses('')[0]).toEqual(['aws_eks_cluster.this', 'aws_a.this']);
  });

  it('is searched by address, attribute and value', () => {
    expect(addresses('coredns')).toEqual([['aws_eks_addon.late["coredns"]']]);
    expect(addresses('cidr 10.60')).toEqual([['aws_vpc.this[0]']]);
    expect(addresses('this', 'create')).toEqual([['aws_vpc.this[0]']]);
    expect(addresses('nothing')).toEqual([]);
  });

  it('does not find what is sensitive by its value', () => {
    expect(addresses('password')).toEqual([['aws_db.x']]);
    expect(addresses('hunter2')).toEqual([]);
  });

  it('counts its changes', () => {
    expect(countsOf(plan)).toEqual([
      { action: 'replace', count: 2 },
      { action: 'delete', count: 1 },
      { action: 'update', count: 1 },
      { action: 'create', count: 2 },
    ]);
  });
});

describe('a value', () => {
  it.each<[PlanAttribute, 'before' | 'after', string]>([
    [{ path: 'a', before: 1, after: 2 }, 'after', 'text'],
    [{ path: 'a', before: 1, after: '' }, 'after', 'empty'],
    [{ path: 'a', before: false, after: null }, 'before', 'text'],
    [{ path: 'a', before: null, after: 2 }, 'before', 'nothing'],
    [{ path: 'a', known: false }, 'after', 'later'],
    [{ path: 'a', known: false, sensitive: true }, 'after', 'later'],
    [{ path: 'a', before: 'x', after: 'y', sensitive: true }, 'before', 'hidden'],
    [{ path: 'a', sensitive: true }, 'after', 'hidden'],
  ])('of %j %s is shown as %s', (attribute, which, side) => {
    expect(sideOf(attribute, which)).toBe(side);
  });

  it('is one line of text', () => {
    expect(textOf({ a: [1, 'b'] })).toBe('{ "a": [ 1, "b" ] }');
    expect(textOf(0)).toBe('0');
    expect(textOf(null)).toBe('');
  });
});

describe('an address', () => {
  it('is told apart from its type', () => {
    expect(nameIn({ address: 'module.m.aws_vpc.this[0]', action: 'create' })).toEqual({
      before: '',
      type: '',
      after: 'module.m.aws_vpc.this[0]',
    });
    expect(nameIn({ ...resource('module.m.aws_vpc.this[0]', 'create'), type: 'aws_vpc' })).toEqual({
      before: 'module.m.',
      type: 'aws_vpc',
      after: '.this[0]',
    });
  });
});
