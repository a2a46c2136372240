// What a stream of changes says (docs/events.md), and what that makes of the rows of a list.
import { rowKey } from './list';
import type { TableColumn, TableRow } from './types';

/** Of an object's metadata, what a Table's row carries. */
export interface RowMetadata {
  name?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  generation?: number;
  ownerReferences?: { uid: string; controller?: boolean }[];
}

export interface RowEvent {
  gone: boolean;
  row: TableRow;
  version: string;
  metadata: RowMetadata;
}

export type FeedState = 'listing' | 'live' | 'reconnecting' | 'refused';

export type Said =
  | { what: 'rows'; events: RowEvent[]; columns: TableColumn[] | undefined }
  /** Nothing changed; where the kind stands is in the event's id. */
  | { what: 'bookmark' }
  | { what: 'reset' }
  | { what: 'state'; state: FeedState }
  /** Something else than a Table: this kind has none to follow. */
  | { what: 'foreign' };

interface WireData {
  kind?: string;
  state?: FeedState;
  type?: string;
  object?: {
    kind?: string;
    columnDefinitions?: TableColumn[] | null;
    rows?: { cells: unknown[]; object?: { metadata?: RowMetadata } }[] | null;
  };
}

export interface StreamEvent {
  event: string;
  id: string;
  data: string;
}

/** Puts the lines of a text/event-stream together to events. */
export class EventReader {
  private event: StreamEvent = { event: '', id: '', data: '' };

  /** The event that this line ends, if it ends one. */
  push(line: string): StreamEvent | undefined {
    if (line === '') {
      const { event } = this;
      this.event = { event: '', id: '', data: '' };
      return event.data === '' ? undefined : event;
    }
    const [, name, value = ''] = /^(\w+): ?(.*)$/s.exec(line) ?? [];
    if (name === 'event' || name === 'id') this.event[name] = value;
    if (name === 'data') this.event.data += value;
    return undefined;
  }
}

/** Of which kind an event tells, and what. Throws what JSON.parse throws. */
export function readEvent({ event, data }: StreamEvent): { kind: string; said: Said } {
  const { kind = '', state, type, object } = JSON.parse(data) as WireData;
  if (event === 'reset') return { kind, said: { what: 'reset' } };
  if (event === 'state') return { kind, said: { what: 'state', state: state ?? 'reconnecting' } };
  if (object?.kind !== 'Table') return { kind, said: { what: 'foreign' } };
  if (type === 'BOOKMARK') return { kind, said: { what: 'bookmark' } };
  const events = (object.rows ?? []).map(({ cells, object: of }) => {
    const metadata = of?.metadata ?? {};
    return {
      gone: type === 'DELETED',
      version: metadata.resourceVersion ?? '',
      metadata,
      row: {
        cells,
        name: metadata.name ?? '',
        namespace: metadata.namespace,
        uid: metadata.uid,
        creation_time: metadata.creationTimestamp,
      },
    };
  });
  return { kind, said: { what: 'rows', events, columns: object.columnDefinitions ?? undefined } };
}

/** "pods:12,jobs.batch@a:9": where each kind stands that has been told whole. */
export function placesOf(id: string): [kind: string, version: string][] {
  return id.split(',').flatMap((pair) => {
    const at = pair.lastIndexOf(':');
    return at < 0 ? [] : [[pair.slice(0, at), pair.slice(at + 1)]];
  });
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
