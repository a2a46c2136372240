import { describe, expect, it } from 'vitest';
import type { RowEvent } from '../../api/events';
import type { GraphNode, Topology } from '../../api/graph';
import { applyOthers, applyPods, FOLLOWED, podCells, Weigher } from './changes';

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

const named = (uid: string, { gone = false, generation = 1, cells: texts = [uid, '1d'] } = {}): RowEvent => ({
  gone,
  version: '9',
  metadata: { generation },
  row: { cells: texts, name: uid, namespace: 'web', uid, creation_time: '2026-11-20T08:00:00Z' },
});

describe('what else the map shows', () => {
  it('goes at once with all that led to it', () => {
    const after = applyOthers(graph, [['replicasets.apps', named('rs', { gone: true })]]);
    expect(find(after, 'rs')).toBeUndefined();
    expect(after.links.map(({ target }) => target)).toEqual(['n1', 'n1']);
  });

  it('is a Node by its name', () => {
    const gone = { ...named('some-uid', { gone: true }) };
    const after = applyOthers(graph, [['nodes', { ...gone, row: { ...gone.row, name: 'n1' } }]]);
    expect(find(after, 'n1')).toBeUndefined();
    expect(after.links).toEqual([graph.links[0]]);
  });

  it('comes at once where there is no more to say of it than that it is there', () => {
    const after = applyOthers(graph, [
      ['configmaps', named('settings')],
      ['services', named('front')],
    ]);
    expect(find(after, 'settings')).toMatchObject({ kind: 'ConfigMap', namespace: 'web', health: 'ok' });
    expect(find(after, 'front')).toBeUndefined();
  });

  it('that came and went meanwhile leaves the map as it is', () => {
    const events = [named('settings'), named('settings', { gone: true })];
    expect(
      applyOthers(
        graph,
        events.map((each) => ['configmaps', each] as const),
      ),
    ).toBe(graph);
  });
});

describe('the map is read again', () => {
  const known = new Set(['known']);
  const weigh = (kind: string, ...events: RowEvent[]) => {
    const weigher = new Weigher();
    return events.map((each) => weigher.weighs(kind, each, known));
  };
  const [changed, gone, fresh] = [named('known'), named('known', { gone: true }), named('new')];

  it('for a pod that is new, and not for one that changes or goes', () => {
    expect(weigh('pods', changed, gone, fresh)).toEqual([false, false, true]);
  });

  it('for what others name when it comes or goes, and not for what it holds', () => {
    for (const kind of ['configmaps', 'secrets', 'serviceaccounts', 'storageclasses.storage.k8s.io'])
      expect(weigh(kind, changed, gone, fresh)).toEqual([false, true, true]);
  });

  it('for an autoscaler and a policy that are to be other than they were', () => {
    for (const kind of ['horizontalpodautoscalers.autoscaling', 'networkpolicies.networking.k8s.io'])
      expect(weigh(kind, changed, changed, named('known', { generation: 2 }))).toEqual([true, false, true]);
  });

  it('for a slice with other endpoints, and not for one that is older', () => {
    const kind = 'endpointslices.discovery.k8s.io';
    const slice = (ends: string, age: string) => named('s', { cells: ['s', 'IPv4', '80', ends, age] });
    expect(weigh(kind, slice('10.0.0.1', '1d'), slice('10.0.0.1', '2d'), slice('10.0.0.2', '2d'))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('for whatever happens to all else', () => {
    for (const kind of ['services', 'nodes', 'deployments.apps', 'persistentvolumes'])
      expect(weigh(kind, changed, gone)).toEqual([true, true]);
  });

  it('of as many kinds as one stream may have', () => {
    expect(FOLLOWED.length).toBeLessThanOrEqual(24);
  });
});
