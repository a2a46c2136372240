// What a watch says, and what that makes of the rows.
import { rowKey } from './list';
import type { TableColumn, TableRow } from './types';

export interface RowEvent {
  gone: boolean;
  row: TableRow;
  version: string;
}

export type Said =
  | { kind: 'rows'; events: RowEvent[]; columns: TableColumn[] | undefined }
  | { kind: 'bookmark'; version: string }
  | { kind: 'expired' }
  | { kind: 'error'; message: string }
  /** Something else than a Table: this kind has none to watch. */
  | { kind: 'foreign' };

interface WireRow {
  cells: unknown[];
  object?: { metadata?: Record<string, string> };
}

interface WireEvent {
  type?: string;
  object?: {
    kind?: string;
    code?: number;
    message?: string;
    metadata?: { resourceVersion?: string };
    columnDefinitions?: TableColumn[] | null;
    rows?: WireRow[] | null;
  };
}

/** One line of a watch that was asked for as Tables. Throws what JSON.parse throws. */
export function readEvent(line: string): Said {
  const { type, object } = JSON.parse(line) as WireEvent;
  if (type === 'ERROR') {
    if (object?.code === 410) return { kind: 'expired' };
    return { kind: 'error', message: object?.message ?? '' };
  }
  if (object?.kind !== 'Table') return { kind: 'foreign' };
  if (type === 'BOOKMARK') return { kind: 'bookmark', version: object.metadata?.resourceVersion ?? '' };
  const events = (object.rows ?? []).map(({ cells, object: of }) => {
    const metadata = of?.metadata ?? {};
    return {
      gone: type === 'DELETED',
      version: metadata.resourceVersion ?? '',
      row: {
        cells,
        name: metadata.name ?? '',
        namespace: metadata.namespace,
        uid: metadata.uid,
        creation_time: metadata.creationTimestamp,
      },
    };
  });
  return { kind: 'rows', events, columns: object.columnDefinitions ?? undefined };
}

/** Whether a version comes after another. Versions that are no numbers cannot be compared and count as later. */
export function isLater(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return true;
  return version.length === than.length ? version > than : version.length > than.length;
}

export interface Applied {
  rows: TableRow[];
  /** The rows that were replaced, and what replaced them. */
  before: TableRow[];
  after: TableRow[];
}

/**
 * The rows after the events. Rows that change keep their place; new ones go where the server lists them: by namespace
 * (those that were chosen in the order they were), then by name.
 */
export function applyEvents(
  rows: readonly TableRow[],
  events: readonly RowEvent[],
  namespaces: readonly string[],
): Applied {
  const latest = new Map(events.map((event) => [rowKey(event.row), event]));
  const kept: TableRow[] = [];
  const before: TableRow[] = [];
  const after: TableRow[] = [];
  for (const row of rows) {
    const key = rowKey(row);
    const event = latest.get(key);
    latest.delete(key);
    if (!event) kept.push(row);
    else if (!event.gone) {
      kept.push(event.row);
      before.push(row);
      after.push(event.row);
    }
  }
  const added = [...latest.values()].filter((event) => !event.gone).map((event) => event.row);
  return { rows: added.length === 0 ? kept : merged(kept, added, namespaces), before, after };
}

function merged(rows: readonly TableRow[], added: TableRow[], namespaces: readonly string[]): TableRow[] {
  const place = (row: TableRow) => namespaces.indexOf(row.namespace ?? '');
  const path = (row: TableRow) => `${row.namespace ?? ''}/${row.name}`;
  const precedes = (a: TableRow, b: TableRow) =>
    place(a) === place(b) ? path(a) < path(b) : place(a) < place(b);
  added.sort((a, b) => (precedes(a, b) ? -1 : 1));
  const out: TableRow[] = [];
  let next = 0;
  for (const row of rows) {
    for (let one = added[next]; one && precedes(one, row); one = added[++next]) out.push(one);
    out.push(row);
  }
  return out.concat(added.slice(next));
}
