// One list of any kind, read page by page and refreshed in the background, or kept true by a watch (live.ts).
//
// The first load shows each page as it arrives. A refresh collects all pages and swaps them in at the end, so rows
// never vanish and come back. A failed refresh keeps the rows and says since when they are old.
import { batch, signal } from '@preact/signals';
import { ApiError, isAbort, toApiError } from './error';
import type { TableColumn, TablePage, TableRow } from './types';

/** Reads one page; a source is a namespace, or undefined for all of them. */
export type FetchPage = (
  source: string | undefined,
  token: string,
  signal: AbortSignal,
) => Promise<TablePage>;

export interface Missing {
  source: string;
  error: ApiError;
}

export type Loading = 'none' | 'first' | 'refresh';

/**
 * Whether the rows change by themselves. "off" is before that is known and where it cannot be, "again" after it broke,
 * "refused" where the cluster does not let us, "crowded" when other tabs hold all the connections there may be.
 */
export type Live = 'off' | 'live' | 'paused' | 'again' | 'refused' | 'crowded';

const CHANGED_MS = 1000;
const MAX_RESTARTS = 1;

export class ListLoader {
  readonly columns = signal<TableColumn[]>([]);
  readonly rows = signal<TableRow[]>([]);
  /** How many there are in all, when the server has said so. */
  readonly total = signal<number | undefined>(undefined);
  readonly loading = signal<Loading>('none');
  readonly error = signal<ApiError | undefined>(undefined);
  readonly missing = signal<Missing[]>([]);
  /** When the rows were last known to be true. */
  readonly asOf = signal<number | undefined>(undefined);
  /** When they were last read as a whole. */
  readonly readAt = signal<number | undefined>(undefined);
  readonly live = signal<Live>('off');
  readonly liveSince = signal<number | undefined>(undefined);
  /** The resource version of the last reading, by namespace, "" for all of them. */
  versions = new Map<string, string>();
  readonly cancelled = signal(false);
  /** Cells that differ from the previous reading, by row key; tinted for a moment. */
  readonly changed = signal<ReadonlyMap<string, ReadonlySet<number>>>(new Map());
  /** How long the last complete reading took; long lists are refreshed less often. */
  lastDuration = 0;

  private controller: AbortController | undefined;
  private changedTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly sources: (string | undefined)[],
    private readonly fetchPage: FetchPage,
  ) {}

  async load(): Promise<void> {
    if (this.loading.peek() !== 'none') return;
    const first = this.asOf.peek() === undefined;
    const controller = new AbortController();
    this.controller = controller;
    batch(() => {
      this.loading.value = first ? 'first' : 'refresh';
      this.cancelled.value = false;
    });
    const started = Date.now();
    try {
      await this.readAll(first, controller.signal);
      this.lastDuration = Date.now() - started;
    } catch (error) {
      if (isAbort(error)) this.cancelled.value = true;
      else this.error.value = toApiError(error);
    } finally {
      if (this.controller === controller) this.loading.value = 'none';
    }
  }

  /** Stops reading; what has arrived stays. */
  cancel(): void {
    this.controller?.abort();
  }

  dispose(): void {
    this.cancel();
    clearTimeout(this.changedTimer);
  }

  /** Takes the rows as a watch left them; `before` and `after` are those it touched. */
  change(rows: TableRow[], before: readonly TableRow[], after: readonly TableRow[]): void {
    batch(() => {
      this.rows.value = rows;
      this.total.value = rows.length;
      this.asOf.value = Date.now();
      this.markChanged(before, after, this.columns.peek());
    });
  }

  private async readAll(publish: boolean, signal: AbortSignal): Promise<void> {
    const rows: TableRow[] = [];
    const missing: Missing[] = [];
    const versions = new Map<string, string>();
    let columns: TableColumn[] = [];
    for (const source of this.sources) {
      try {
        await this.readSource(source, signal, (page, sourceRows) => {
          if (page.columns.length > 0) columns = page.columns;
          versions.set(source ?? '', page.resource_version ?? '');
          if (!publish) return;
          const known =
            this.sources.length === 1 && page.continue && page.remaining ? page.remaining : undefined;
          batch(() => {
            this.columns.value = columns;
            this.rows.value = [...rows, ...sourceRows];
            this.total.value = known === undefined ? undefined : sourceRows.length + known;
          });
        }).then((sourceRows) => rows.push(...sourceRows));
      } catch (error) {
        // With several namespaces one that cannot be read must not hide the others.
        if (isAbort(error) || this.sources.length === 1) throw error;
        missing.push({ source: source ?? '', error: toApiError(error) });
      }
    }
    const [firstMissing] = missing;
    if (firstMissing && missing.length === this.sources.length) throw firstMissing.error;
    const before = this.rows.peek();
    this.versions = versions;
    batch(() => {
      if (columns.length > 0) this.columns.value = columns;
      this.rows.value = rows;
      this.total.value = rows.length;
      this.missing.value = missing;
      this.error.value = undefined;
      this.asOf.value = Date.now();
      this.readAt.value = Date.now();
      if (!publish) this.markChanged(before, rows, columns);
    });
  }

  private async readSource(
    source: string | undefined,
    signal: AbortSignal,
    onPage: (page: TablePage, rows: TableRow[]) => void,
  ): Promise<TableRow[]> {
    for (let restarts = 0; ; restarts++) {
      const rows: TableRow[] = [];
      let token = '';
      try {
        do {
          const page = await this.fetchPage(source, token, signal);
          signal.throwIfAborted();
          for (const row of page.rows) rows.push(row);
          token = page.continue ?? '';
          onPage(page, rows);
        } while (token !== '');
        return rows;
      } catch (error) {
        // The server forgot where we were (410 Expired): begin again, once.
        const expired = error instanceof ApiError && error.status === 410 && token !== '';
        if (!expired || restarts >= MAX_RESTARTS) throw error;
      }
    }
  }

  private markChanged(
    before: readonly TableRow[],
    after: readonly TableRow[],
    columns: readonly TableColumn[],
  ): void {
    const changed = changedCells(before, after, columns);
    clearTimeout(this.changedTimer);
    this.changed.value = changed;
    if (changed.size > 0) {
      this.changedTimer = setTimeout(() => {
        this.changed.value = new Map();
      }, CHANGED_MS);
    }
  }
}

export function rowKey(row: TableRow): string {
  return row.uid || `${row.namespace ?? ''}/${row.name}`;
}

/** Which cells differ between two readings. Ages always do, so they do not count. */
export function changedCells(
  before: readonly TableRow[],
  after: readonly TableRow[],
  columns: readonly TableColumn[],
): Map<string, Set<number>> {
  const old = new Map(before.map((row) => [rowKey(row), row]));
  const watched = columns.flatMap((column, index) =>
    /^(age|last seen|first seen)$/i.test(column.name) ? [] : [index],
  );
  const out = new Map<string, Set<number>>();
  for (const row of after) {
    const was = old.get(rowKey(row));
    if (!was) continue;
    const cells = watched.filter((index) => row.cells[index] !== was.cells[index]);
    if (cells.length > 0) out.set(rowKey(row), new Set(cells));
  }
  return out;
}
