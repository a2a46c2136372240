// A list that changes by itself: the stream of its cluster goes on where it was read.
//
// While there is no stream the list is read again at intervals, as it is while a broken one is being mended.
import { effect } from '@preact/signals';
import { applyEvents, isLater, type RowEvent } from './events';
import type { ListLoader, Live } from './list';
import { follow } from './stream';
import type { TableColumn, TableRow } from './types';

/** Changes are shown together, less often where drawing them costs more. */
const GATHER_MS = 150;
const GATHER_MANY_MS = 1000;
const MANY_ROWS = 5000;

/** Of more namespaces than this, all are followed and the others left out: a stream has room for so many. */
const NAMESPACES_MAX = 12;

/** What is worst of several sources is said of all. */
const WORST: readonly Live[] = ['refused', 'crowded', 'again', 'paused', 'off', 'live'];

export interface Followed {
  cluster: string;
  /** "pods", "deployments.apps" */
  type: string;
  /** Those that were chosen. */
  namespaces: readonly string[];
  labels: string;
  /** Of all rows of the source, those that the list has. */
  keep?(row: TableRow): boolean;
}

export class LiveList {
  private readonly sources = new Map<string, { stop: () => void; state: Live }>();
  private readonly collected = new Map<string, RowEvent[]>();
  private waiting: RowEvent[] = [];
  /** What came while the list was being read again; it may be newer than the reading. */
  private meanwhile: RowEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  private readonly stopReading: () => void;

  constructor(
    private readonly loader: ListLoader,
    private readonly followed: Followed,
  ) {
    let seen: number | undefined;
    this.stopReading = effect(() => {
      const readAt = loader.readAt.value;
      if (readAt === undefined || readAt === seen) return;
      const again = seen !== undefined;
      seen = readAt;
      queueMicrotask(() => this.afterReading(again));
    });
  }

  stop(): void {
    this.stopped = true;
    for (const { stop } of this.sources.values()) stop();
    clearTimeout(this.timer);
    this.stopReading();
    this.say('off', Date.now());
  }

  private say(state: Live, heardAt: number): void {
    const { loader } = this;
    if (loader.live.peek() === state) return;
    if (loader.live.peek() === 'live') loader.asOf.value = heardAt;
    loader.liveSince.value = state === 'live' ? Date.now() : undefined;
    loader.live.value = state;
  }

  /** The namespaces that could be read, "" for all of them, and the versions to go on from. */
  private get places(): Map<string, string> {
    const { versions } = this.loader;
    if (versions.size <= NAMESPACES_MAX) return versions;
    return new Map([['', [...versions.values()].reduce((a, b) => (isLater(a, b) ? b : a))]]);
  }

  private afterReading(again: boolean): void {
    if (this.stopped) return;
    // The reading has replaced the rows by those of its version; what came later is put in again.
    const events = this.meanwhile;
    this.meanwhile = [];
    if (again) this.apply(events);
    for (const [source, version] of this.places) {
      if (version !== '' && !this.sources.has(source)) this.followSource(source, version);
    }
  }

  private followSource(source: string, since: string): void {
    const { cluster, labels, type } = this.followed;
    const place: { stop: () => void; state: Live } = { stop: () => undefined, state: 'off' };
    this.sources.set(source, place);
    place.stop = follow(cluster, labels, source === '' ? type : `${type}@${source}`, {
      since,
      state: (state, heardAt) => {
        place.state = state;
        if (state !== 'live') {
          this.collected.delete(source);
          this.flush();
        }
        const states = [...this.sources.values()].map((other) => other.state);
        this.say(WORST.find((each) => states.includes(each)) ?? 'off', heardAt);
      },
      reset: () => {
        this.flush();
        this.collected.set(source, []);
      },
      rows: (rows, columns) => this.take(source, rows, columns),
      whole: (version) => this.replace(source, version),
    });
  }

  private take(source: string, events: RowEvent[], columns: TableColumn[] | undefined): void {
    // Other columns than the list has: the kind has been defined anew.
    const have = this.loader.columns.peek();
    if (columns && have.length > 0 && columns.map(nameOf).join() !== have.map(nameOf).join()) {
      this.loader.load();
    }
    const collected = this.collected.get(source);
    if (collected) {
      for (const event of events) collected.push(event);
      return;
    }
    this.waiting.push(...events);
    const many = this.loader.rows.peek().length > MANY_ROWS;
    this.timer ??= setTimeout(() => this.flush(), many ? GATHER_MANY_MS : GATHER_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const events = this.waiting;
    this.waiting = [];
    if (this.loader.loading.peek() === 'none') this.meanwhile = [];
    else this.meanwhile.push(...events);
    this.apply(events);
  }

  private sourceOf(row: TableRow): string {
    return this.followed.namespaces.length === 0 ? '' : (row.namespace ?? '');
  }

  /** Whether an event is about a row of the list, and not known to it already. */
  private isNews({ row, version }: RowEvent): boolean {
    const read = this.loader.versions.get(this.sourceOf(row));
    return read !== undefined && isLater(version, read) && this.followed.keep?.(row) !== false;
  }

  private apply(events: RowEvent[]): void {
    const news = events.filter((event) => this.isNews(event));
    if (news.length === 0 || this.stopped) return;
    const applied = applyEvents(this.loader.rows.peek(), news, this.followed.namespaces);
    this.loader.change(applied.rows, applied.before, applied.after);
  }

  /** After a reset all rows of a source have come: they take the place of those it had. */
  private replace(source: string, version: string): void {
    const { loader, followed } = this;
    const mine = (row: TableRow) => source === '' || row.namespace === source;
    const listed = (row: TableRow) =>
      loader.versions.has(this.sourceOf(row)) && followed.keep?.(row) !== false;
    const events = (this.collected.get(source) ?? []).filter(({ row }) => listed(row));
    this.collected.delete(source);
    if (this.stopped) return;
    const before = loader.rows.peek();
    const others = before.filter((row) => !mine(row));
    const { rows } = applyEvents(others, events, followed.namespaces);
    for (const each of loader.versions.keys()) {
      if (source === '' || each === source) loader.versions.set(each, version);
    }
    loader.change(rows, before, rows);
  }
}

const nameOf = (column: { name: string }) => column.name;
