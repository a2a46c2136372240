import { describe, expect, it } from 'vitest';
import type { RowEvent } from '../../api/events';
import type { GraphNode, Topology } from '../../api/graph';
import { applyPods, podCells } from './changes';

const cells = podCells(
  ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node'].map((name) => ({ name })),
);
const NOW = Date.parse('2026-11-21T08:00:00Z');

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
const applied = (...events: RowEvent[]) => applyPods(graph, events, cells, NOW);
const find = ({ nodes }: Topology, id: string) => nodes.find((node) => node.id === id);

describe('pods of the map', () => {
  it('change their state, and keep what they are linked to', () => {
    const after = applied(event('a', 'CrashLoopBackOff', { ready: '0/1' }));
    expect(find(after, 'a')).toMatchObject({ status: 'CrashLoopBackOff', health: 'bad' });
    expect(after.links).toEqual(graph.links);
    expect(find(after, 'b')).toBe(graph.nodes[1]);
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
    const runs = applyPods(waits, [event('new', 'Running', { node: 'n2' })], cells, NOW);
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
    const after = applyPods(many, [event('p5000', 'Error')], cells, NOW);
    expect(after.nodes).toHaveLength(10_000);
    expect(after.nodes.filter(({ health }) => health === 'bad')).toHaveLength(1);
  });
});
