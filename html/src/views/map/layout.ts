// Where everything of the map lies: groups as boxes in rows; in an open box its objects in columns, from what is entered
// through on the left to what is leant upon on the right.
import type { GraphNode } from '../../api/graph';
import type { Group, Model } from './model';

export const DOT = 10;
/** Dots in a row: of a box, and of a card. */
export const DOTS_WIDE = 20;
export const DOTS_NARROW = 16;
export const DOTS_MOST = 400;
const PAD = 12;
const HEAD = 40;
const GAP = 16;
export const CARD = { width: 188, height: 34 };
const COLUMN_GAP = 56;
const ROW_GAP = 8;
const CLOSED_WIDTH = DOTS_WIDE * DOT + 2 * PAD;
/** More pods of one owner than this are one card with dots, until it is opened. */
const ALONE = 4;
/** Cards in one column of an open box; the list has the rest. */
export const COLUMN_MOST = 120;

export interface Card {
  /** Of the node, or "pods:" and the id of what made them. */
  id: string;
  node: GraphNode;
  /** Of a card for several pods: these. */
  pods: GraphNode[];
  x: number;
  y: number;
  height: number;
}

export interface Line {
  key: string;
  from: Card;
  to: Card;
  type: string;
}

export interface Box {
  group: Group;
  open: boolean;
  x: number;
  y: number;
  width: number;
  height: number;
  cards: Card[];
  lines: Line[];
  /** Objects of an open box for which there was no room. */
  left: number;
}

const COLUMNS: Record<string, number> = {
  Ingress: 0,
  Service: 1,
  NetworkPolicy: 1,
  CronJob: 2,
  HorizontalPodAutoscaler: 2,
  Deployment: 3,
  StatefulSet: 3,
  DaemonSet: 3,
  Job: 4,
  ReplicaSet: 4,
  Pod: 5,
  Node: 6,
  ConfigMap: 6,
  Secret: 6,
  ServiceAccount: 6,
  PersistentVolumeClaim: 6,
  PersistentVolume: 7,
  StorageClass: 8,
};

function columnOf(node: GraphNode): number {
  return COLUMNS[node.kind] ?? 3;
}

export function dotRows(count: number, wide: number): number {
  return Math.ceil(Math.min(count, DOTS_MOST) / wide);
}

/** Where the dot of that index lies in a field so many wide. */
export function dotAt(index: number, wide: number): { x: number; y: number } {
  return { x: (index % wide) * DOT, y: Math.floor(index / wide) * DOT };
}

function closedHeight(group: Group): number {
  return group.pods.length === 0 ? HEAD + 4 : HEAD + 6 + dotRows(group.pods.length, DOTS_WIDE) * DOT + PAD;
}

/** Pods of one owner are one card, unless they are few or were opened. */
function cardsOf(group: Group, model: Model, opened: ReadonlySet<string>): Card[] {
  const cards: Card[] = [];
  const card = (id: string, node: GraphNode, pods: GraphNode[]): Card => {
    const height =
      pods.length === 0 ? CARD.height : CARD.height + dotRows(pods.length, DOTS_NARROW) * DOT + 4;
    return { id, node, pods, x: 0, y: 0, height };
  };
  const owned = new Map<string, GraphNode[]>();
  for (const pod of group.pods) {
    const owner = model.from.get(pod.id)?.find(({ type }) => type === 'owner')?.target ?? '';
    const list = owned.get(owner);
    if (list) list.push(pod);
    else owned.set(owner, [pod]);
  }
  for (const node of group.others) cards.push(card(node.id, node, []));
  for (const [owner, pods] of owned) {
    const first = pods[0];
    const id = `pods:${owner}`;
    if (pods.length <= ALONE || opened.has(id) || !first)
      for (const pod of pods) cards.push(card(pod.id, pod, []));
    else cards.push(card(id, model.byId.get(owner) ?? first, pods));
  }
  return cards;
}

function linesOf(cards: readonly Card[], model: Model): Line[] {
  const at = new Map<string, Card>();
  for (const card of cards) {
    if (card.pods.length === 0) at.set(card.node.id, card);
    for (const pod of card.pods) at.set(pod.id, card);
  }
  const lines = new Map<string, Line>();
  for (const [id, from] of at) {
    for (const link of model.from.get(id) ?? []) {
      const to = at.get(link.target);
      if (!to || to === from) continue;
      const key = `${from.id} ${link.type} ${to.id}`;
      if (!lines.has(key)) lines.set(key, { key, from, to, type: link.type });
    }
  }
  return [...lines.values()];
}

/** Each card beside those it is linked to in the columns before, as far as there is room. */
function settle(columns: readonly Card[][], lines: readonly Line[]): void {
  const linked = new Map<Card, Card[]>();
  for (const { from, to } of lines) {
    linked.set(from, [...(linked.get(from) ?? []), to]);
    linked.set(to, [...(linked.get(to) ?? []), from]);
  }
  const placed = new Set<Card>();
  for (const column of columns) {
    const wish = (card: Card) => {
      const before = (linked.get(card) ?? []).filter((other) => placed.has(other));
      return before.length === 0 ? 1e9 : before.reduce((sum, other) => sum + other.y, 0) / before.length;
    };
    const wishes = new Map(column.map((card) => [card, wish(card)]));
    column.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
    let y = HEAD;
    for (const card of column) {
      card.y = y;
      y += card.height + ROW_GAP;
    }
    for (const card of column) placed.add(card);
  }
}

function openBox(group: Group, model: Model, opened: ReadonlySet<string>): Box {
  const all = cardsOf(group, model, opened);
  const columns = new Map<number, Card[]>();
  for (const card of all) {
    const column = card.pods.length > 0 ? (COLUMNS.Pod ?? 5) : columnOf(card.node);
    const list = columns.get(column) ?? [];
    columns.set(column, list);
    if (list.length < COLUMN_MOST) list.push(card);
  }
  const used = [...columns].sort(([a], [b]) => a - b).map(([, cards]) => cards);
  const cards = used.flat();
  const lines = linesOf(cards, model);
  settle(used, lines);
  used.forEach((column, index) => {
    for (const card of column) card.x = PAD + index * (CARD.width + COLUMN_GAP);
  });
  const bottom = Math.max(HEAD, ...cards.map((card) => card.y + card.height));
  return {
    group,
    open: true,
    x: 0,
    y: 0,
    width: Math.max(CLOSED_WIDTH, 2 * PAD + used.length * (CARD.width + COLUMN_GAP) - COLUMN_GAP),
    height: bottom + PAD,
    cards,
    lines,
    left: all.length - cards.length,
  };
}

function closedBox(group: Group): Box {
  return {
    group,
    open: false,
    x: 0,
    y: 0,
    width: CLOSED_WIDTH,
    height: closedHeight(group),
    cards: [],
    lines: [],
    left: 0,
  };
}

/** Boxes in rows that are about so wide. */
export function layOut(
  groups: readonly Group[],
  model: Model,
  opened: ReadonlySet<string>,
  width: number,
): { boxes: Box[]; width: number; height: number } {
  const boxes = groups.map((group) =>
    opened.has(group.key) ? openBox(group, model, opened) : closedBox(group),
  );
  let [x, y, row, widest] = [0, 0, 0, 0];
  for (const box of boxes) {
    if (x > 0 && x + box.width > width) {
      x = 0;
      y += row + GAP;
      row = 0;
    }
    box.x = x;
    box.y = y;
    x += box.width + GAP;
    row = Math.max(row, box.height);
    widest = Math.max(widest, x - GAP);
  }
  return { boxes, width: widest, height: y + row };
}
