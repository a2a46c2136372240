// From the columns an API server prints to the columns of our table.
import type { Resource, TableColumn, TableRow } from '../api/types';
import { parseDuration } from '../lib/age';
import { plain } from '../lib/format';
import { parseQuantity } from '../lib/quantity';
import type { SortKey } from '../ui/table/sort';
import { type Mark, markOf, podHealth, ratio, ratioMark, SEVERITY } from './health';

export type Role = 'name' | 'namespace' | 'status' | 'age' | 'number' | 'text';

export interface KindColumn {
  id: string;
  title: string;
  description: string;
  role: Role;
  /** Shown unless the user hides it; the API's priority 0. */
  byDefault: boolean;
  /** Index of the cell, -1 for what comes with the row. */
  cell: number;
  text(row: TableRow): string;
  key(row: TableRow): SortKey;
  mark?(row: TableRow, now: number): Mark;
}

const STATUS_NAMES = new Set(['status', 'phase', 'state', 'health', 'ready', 'synced', 'available', 'type']);

function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function ageMs(row: TableRow, now: number): number {
  const then = Date.parse(row.creation_time ?? '');
  return Number.isNaN(then) ? 0 : now - then;
}

/** Something to sort by: a number where the text is one in any of the shapes kubectl prints, else the text. */
export function cellKey(value: unknown): SortKey {
  if (typeof value === 'number') return value;
  const text = plain(value);
  const replicas = ratio(text);
  if (replicas) return replicas.want === 0 ? 1 : replicas.have / replicas.want;
  const restarts = /^(\d+) \(.+\)$/.exec(text);
  if (restarts) return Number(restarts[1]);
  return parseDuration(text) ?? parseQuantity(text.replace(/%$/, '')) ?? text.toLowerCase();
}

function isNumeric(column: TableColumn, sample: readonly TableRow[], index: number): boolean {
  if (column.type === 'integer' || column.type === 'number') return true;
  let seen = 0;
  for (const row of sample) {
    const text = plain(row.cells[index]);
    if (text === '' || text === '<none>' || text === '<unset>') continue;
    if (typeof cellKey(text) !== 'number') return false;
    seen++;
  }
  return seen > 0;
}

/** A column says how things are when it is called so and its words are known. */
function statusOf(resource: Resource, column: TableColumn, sample: readonly TableRow[], index: number) {
  const name = column.name.toLowerCase();
  if (!STATUS_NAMES.has(name)) return undefined;
  if (name === 'type' && resource.plural !== 'events') return undefined;
  const words = sample.map((row) => plain(row.cells[index])).filter((word) => word !== '');
  if (words.length === 0) return undefined;
  if (words.every((word) => ratio(word))) return resource.plural === 'pods' ? undefined : ratioMark;
  const known = words.filter((word) => markOf(word) !== 'unknown' || /^(unknown|completed)$/i.test(word));
  return known.length * 2 >= words.length ? markOf : undefined;
}

/** Columns the API keeps for its wide output that people look for first. */
const PROMOTED: Record<string, string[]> = { pods: ['Node'] };

const SAMPLE = 100;

/** The columns of a kind. `showNamespace` is false when exactly one namespace is chosen. */
export function columnsOf(
  resource: Resource,
  columns: readonly TableColumn[],
  rows: readonly TableRow[],
  showNamespace: boolean,
): KindColumn[] {
  const sample =
    rows.length <= SAMPLE ? rows : rows.filter((_, i) => i % Math.ceil(rows.length / SAMPLE) === 0);
  const ready = columns.findIndex((column) => column.name === 'Ready');
  let hasStatus = false;

  const out = columns.map((column, index): KindColumn => {
    const text = (row: TableRow) => plain(row.cells[index]);
    const base = {
      id: idOf(column.name),
      title: column.name,
      description: column.description,
      byDefault: column.priority === 0 || PROMOTED[resource.type]?.includes(column.name) === true,
      cell: index,
      text,
      key: (row: TableRow) => cellKey(row.cells[index]),
    };
    if (column.format === 'name' || (index === 0 && column.name === 'Name')) {
      return { ...base, role: 'name', text: (row) => row.name, key: (row) => row.name };
    }
    if (column.name === 'Age' || (column.type === 'date' && column.name === 'Created At')) {
      return { ...base, role: 'age', key: (row) => -(Date.parse(row.creation_time ?? '') || 0) };
    }
    const mark = hasStatus ? undefined : statusOf(resource, column, sample, index);
    if (mark) {
      hasStatus = true;
      const isPod = resource.type === 'pods';
      const marked = (row: TableRow, now: number) =>
        isPod ? podHealth(text(row), plain(row.cells[ready]), ageMs(row, now)) : mark(text(row));
      return {
        ...base,
        role: 'status',
        mark: marked,
        key: (row) => `${SEVERITY[marked(row, Date.now())]} ${text(row).toLowerCase()}`,
      };
    }
    return { ...base, role: isNumeric(column, sample, index) ? 'number' : 'text' };
  });

  if (!out.some((column) => column.role === 'name')) out.unshift(rowColumn('name', (row) => row.name));
  if (resource.namespaced && showNamespace) {
    out.push(rowColumn('namespace', (row) => row.namespace ?? ''));
  }
  return ordered(out);
}

/** What it is, where it is, how it is; then the rest as the API has it; its age last. */
function ordered(columns: KindColumn[]): KindColumn[] {
  const place = (column: KindColumn) => {
    if (column.id === 'last-seen') return -1; // of an event, when comes first
    if (column.role === 'age') return 4;
    if (!column.byDefault && column.role === 'name') return 3;
    return { name: 0, namespace: 1, status: 2 }[column.role as string] ?? 3;
  };
  return columns.sort((a, b) => place(a) - place(b));
}

function rowColumn(role: 'name' | 'namespace', text: (row: TableRow) => string): KindColumn {
  const title = role === 'name' ? 'Name' : 'Namespace';
  return { id: role, title, description: '', role, byDefault: true, cell: -1, text, key: text };
}
