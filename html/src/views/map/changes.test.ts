import { describe, expect, it } from 'vitest';
import type { RowEvent } from '../../api/events';
import type { GraphNode, Topology } from '../../api/graph';
import { applyPods, podCells } from './changes';

const cells = podCells(
  ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node'].map((name) => ({ name })),
);

const pod = (name: string, status = 'Running', group = 'n1'): GraphNode => ({
  id: name,
  name,
  kind: 'Pod',
  namespace: 'web',
  group,
  status,
  health: status === 'Running' ? 'ok' : 'bad',
});
const other = (id: string, kind: string): GraphNode => ({
  id,
  name: id,
  kind,
  namespace: '',
  group: '',
  health: 'ok',
});
const event = (
  name: string,
  status: string,
  { node = 'n1', ready = '1/1', gone = false } = {},
): RowEvent => ({
  gone,
  version: '9',
  metadata: { ownerReferences: [{ uid: 'rs' }, { uid: 'unheard-of' }] },
  row: {
    cells: [name, ready, status, 0, '1d', '10.0.0.1', node],
    name,
    namespace: 'web',
    uid: name,
    creation_time: '2026-11-20T08:00:00Z',
  },
});
const graph: Topology = {
  nodes: [pod('a'), pod('b'), other('rs', 'ReplicaSet'), other('n1', 'Node'), other('n2', 'Node')],
  links: [
    { source: 'a', target: 'rs', type: 'owner' },
    { source: 'a', target: 'n1', type: 'runs-on' },
    { source: 'b', target: 'n1', type: 'runs-on' },
  ],
  truncated: false,
  errors: [],
};
const applied = (...events: RowEvent[]) => applyPods(graph, events, cells);
const find = ({ nodes }: Topology, id: string) => nodes.find((node) => node.id === id);

describe('pods of the map', () => {
  it('change their state, and keep what they are linked to', () => {
    const after = applied(event('a', 'CrashLoopBackOff', { ready: '0/1' }));
    expect(find(after, 'a')).toMatchObject({ status: 'CrashLoopBackOff', health: 'bad' });
    expect(after.links).toEqual(graph.links);
    expect(find(after, 'b')).toBe(graph.nodes[1]);
  });

  it.each([
    ['Running', '1/2', 'progressing'],
    ['Completed', '0/1', 'ok'],
    ['Pending', '0/1', 'progressing'],
    ['Terminating', '1/1', 'progressing'],
    ['ImagePullBackOff', '0/1', 'bad'],
    ['NotReady', '0/1', 'progressing'],
    ['SomethingElse', '0/1', 'bad'],
    ['Unknown', '0/1', 'unknown'],
  ] as const)('that are %s with %s ready are marked as the gateway marks them', (word, ready, mark) => {
    expect(find(applied(event('a', word, { ready })), 'a')?.health).toBe(mark);
  });

  it('that no node takes stay faulty while they wait', () => {
    const stuck = { ...graph, nodes: [{ ...pod('a', 'Pending', ''), health: 'bad' as const }] };
    expect(applyPods(stuck, [event('a', 'Pending', { node: '<none>' })], cells)).toBe(stuck);
  });

  it('come with what made them and where they run', () => {
    const after = applied(event('new', 'Running', { node: 'n2' }));
    expect(find(after, 'new')).toMatchObject({ kind: 'Pod', namespace: 'web', group: 'n2', health: 'ok' });
    expect(after.links.slice(3)).toEqual([
      { source: 'new', target: 'rs', type: 'owner' },
      { source: 'new', target: 'n2', type: 'runs-on' },
    ]);
  });

  it('that wait for a node are on none, until they are on one', () => {
    const waits = applied(event('new', 'Pending', { node: '<none>' }));
    expect(find(waits, 'new')?.group).toBe('');
    const runs = applyPods(waits, [event('new', 'Running', { node: 'n2' })], cells);
    expect(runs.links.filter(({ source }) => source === 'new').map(({ target }) => target)).toEqual([
      'rs',
      'n2',
    ]);
  });

  it('go with all that led to them, and of several events the last counts', () => {
    const after = applied(event('a', 'Terminating'), event('a', 'Terminating', { gone: true }));
    expect(find(after, 'a')).toBeUndefined();
    expect(after.links).toEqual([{ source: 'b', target: 'n1', type: 'runs-on' }]);
  });

  it('that stay as they are leave the map as it is', () => {
    expect(applied(event('a', 'Running'), event('never', 'Running', { gone: true }))).toBe(graph);
  });

  it('of ten thousand change one by one', () => {
    const many = { ...graph, nodes: Array.from({ length: 10_000 }, (_, n) => pod(`p${n}`)) };
    const after = applyPods(many, [event('p5000', 'Error')], cells);
    expect(after.nodes).toHaveLength(10_000);
    expect(after.nodes.filter(({ health }) => health === 'bad')).toHaveLength(1);
  });
});
