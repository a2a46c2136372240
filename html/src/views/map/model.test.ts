import { describe, expect, it } from 'vitest';
import type { GraphLink, GraphNode, Topology } from '../../api/graph';
import { nearest, overview, type Spot, zoomed } from './camera';
import { COLUMN_MOST, layOut } from './layout';
import { groupsOf, modelOf, NONE, rootOf, search, tally, wordsOf } from './model';

const node = (kind: string, name: string, more: Partial<GraphNode> = {}): GraphNode => ({
  id: `${kind}/${name}`,
  name,
  kind,
  namespace: 'web',
  group: '',
  health: 'ok',
  ...more,
});
const link = (source: GraphNode, type: GraphLink['type'], target: GraphNode): GraphLink => ({
  source: source.id,
  type,
  target: target.id,
});
const graph = (nodes: GraphNode[], links: GraphLink[] = []): Topology => ({
  nodes,
  links,
  truncated: false,
  errors: [],
});

const deployment = node('Deployment', 'shop');
const replicas = node('ReplicaSet', 'shop-1');
const good = node('Pod', 'shop-1-a', { group: 'n1' });
const bad = node('Pod', 'shop-1-b', { health: 'bad', status: 'CrashLoopBackOff' });
const lone = node('Pod', 'lone', { namespace: 'api', group: 'n1' });
const machine = node('Node', 'n1', { namespace: '', group: 'n1' });
const secret = node('Secret', 'gone', { missing: true, health: 'bad' });
const shop = graph(
  [good, bad, lone, machine, deployment, replicas, secret],
  [
    link(good, 'owner', replicas),
    link(bad, 'owner', replicas),
    link(replicas, 'owner', deployment),
    link(bad, 'mounts', secret),
    link(good, 'runs-on', machine),
  ],
);
const model = modelOf(shop);
const told = (by: 'namespace' | 'node' | 'workload') =>
  groupsOf(shop, model, by).map(({ key, pods, others, faults }) => [key, pods.length, others.length, faults]);

describe('groups', () => {
  it('are namespaces, those with faults first, the whole cluster last', () => {
    expect(told('namespace')).toEqual([
      ['web', 2, 3, 2],
      ['api', 1, 0, 0],
      [NONE, 0, 1, 0],
    ]);
  });
  it('are nodes, with the pods that have none last', () => {
    expect(told('node')).toEqual([
      ['n1', 2, 1, 0],
      [NONE, 1, 0, 1],
    ]);
  });
  it('are workloads by what made them in the end', () => {
    expect(told('workload')).toEqual([
      ['Deployment/web/shop', 2, 2, 1],
      ['Pod/api', 1, 0, 0],
    ]);
  });
  it('are not one for each pod that nobody made', () => {
    const lone = graph([node('Pod', 'a'), node('Pod', 'b'), node('Pod', 'c', { namespace: 'api' })], []);
    const groups = groupsOf(lone, modelOf(lone), 'workload');
    expect(groups.map(({ place, pods }) => [place, pods.length])).toEqual([
      ['api', 1],
      ['web', 2],
    ]);
  });
  it('have their faults first', () => {
    expect(groupsOf(shop, model, 'namespace')[0]?.pods.map(({ name }) => name)).toEqual([
      'shop-1-b',
      'shop-1-a',
    ]);
  });
  it('of owners in a circle end somewhere', () => {
    const [a, b] = [node('ReplicaSet', 'a'), node('ReplicaSet', 'b')];
    const circle = modelOf(graph([a, b], [link(a, 'owner', b), link(b, 'owner', a)]));
    expect(rootOf(circle, a)).toBe(b);
  });
});

describe('a search', () => {
  const groups = groupsOf(shop, model, 'namespace');
  const found = (text: string, faults = false) =>
    search(groups, wordsOf(text), faults).flatMap(({ pods, others }) =>
      [...pods, ...others].map(({ name }) => name),
    );
  it('keeps everything when nothing is asked', () => {
    expect(search(groups, [], false)).toEqual(groups);
  });
  it('wants every word, in any case', () => {
    expect(found('SHOP pod')).toEqual(['shop-1-b', 'shop-1-a']);
    expect(found('crash')).toEqual(['shop-1-b']);
    expect(found('nothing-like-it')).toEqual([]);
  });
  it('may be for faults only', () => {
    expect(found('', true)).toEqual(['shop-1-b', 'gone']);
    expect(search(groups, [], true)[0]?.faults).toBe(2);
  });
});

it('counts by health, the worst first', () => {
  expect(tally([good, bad, lone])).toEqual([
    ['bad', 1],
    ['ok', 2],
  ]);
});

describe('a layout', () => {
  const groups = groupsOf(shop, model, 'namespace');
  it('puts boxes beside each other while there is room', () => {
    const { boxes } = layOut(groups, model, new Set(), 600);
    expect(boxes.map(({ x, y }) => [x > 0, y > 0])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
  });
  it('draws the objects of an open box from left to right, and the links between them', () => {
    const [box] = layOut(groups, model, new Set(['web']), 2000).boxes;
    const at = new Map(box?.cards.map((card) => [card.node.name, card.x]));
    expect(box?.cards.map(({ node: { name } }) => name).sort()).toEqual([
      'gone',
      'shop',
      'shop-1',
      'shop-1-a',
      'shop-1-b',
    ]);
    const order = ['shop', 'shop-1', 'shop-1-a', 'gone'].map((name) => at.get(name) ?? -1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(box?.lines.map(({ type }) => type).sort()).toEqual(['mounts', 'owner', 'owner', 'owner']);
  });
  it('makes one card of many pods, and many of them once it is opened', () => {
    const pods = Array.from({ length: 10_000 }, (_, i) => node('Pod', `p${i}`));
    const many = graph(
      [replicas, ...pods],
      pods.map((pod) => link(pod, 'owner', replicas)),
    );
    const big = modelOf(many);
    const all = groupsOf(many, big, 'namespace');
    const [closed] = layOut(all, big, new Set(['web']), 1000).boxes;
    expect(closed?.cards.map((card) => card.pods.length)).toEqual([0, 10_000]);
    expect(closed?.lines.length).toBe(1);
    const [opened] = layOut(all, big, new Set(['web', `pods:${replicas.id}`]), 1000).boxes;
    expect(opened?.cards.length).toBe(COLUMN_MOST + 1);
    expect(opened?.left).toBe(10_000 - COLUMN_MOST);
  });
});

describe('the camera', () => {
  it('keeps the point it zooms at', () => {
    const at = zoomed({ x: 10, y: 20, k: 1 }, 2, 100, 100);
    expect(at).toEqual({ x: -80, y: -60, k: 2 });
  });
  it('shows all of what is small at its own size, and the beginning of what is very long', () => {
    expect(overview({ width: 100, height: 100 }, { width: 1000, height: 600 }).k).toBe(1);
    expect(overview({ width: 900, height: 90_000 }, { width: 1000, height: 600 }).k).toBe(0.6);
  });
  it('goes to the next spot in the direction of the key', () => {
    const spot = (key: string, x: number, y: number): Spot => ({ key, x, y, width: 10, height: 10 });
    const [a, b, c] = [spot('a', 0, 0), spot('b', 100, 10), spot('c', 0, 100)];
    expect(nearest([a, b, c], a, 'ArrowRight')).toBe(b);
    expect(nearest([a, b, c], a, 'ArrowDown')).toBe(c);
    expect(nearest([a, b, c], a, 'ArrowLeft')).toBeUndefined();
    expect(nearest([a, b, c], a, 'x')).toBeUndefined();
  });
});
