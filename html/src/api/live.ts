// A list that changes by itself: a watch goes on where the list was read, and again wherever it breaks.
//
// While the page cannot be seen there is no watch, and none is tried where the cluster or the number of tabs forbids
// it; the list is then read again at intervals, as it is while a broken watch is being mended.
import { effect } from '@preact/signals';
import { backoff, pause } from './backoff';
import { open } from './client';
import { ApiError } from './error';
import { applyEvents, isLater, type RowEvent, readEvent, type Said } from './events';
import { readLines } from './lines';
import type { ListLoader, Live } from './list';
import { withSlot } from './slots';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** Longer than any object may be in etcd, with its bookkeeping. */
const LINE_MAX = 8 * 1024 * 1024;

/** A bookmark comes each minute; when nothing has come for longer, the connection is dead without knowing it. */
const SILENCE_MS = 100_000;

/** Changes are shown together, less often where drawing them costs more. */
const GATHER_MS = 150;
const GATHER_MANY_MS = 1000;
const MANY_ROWS = 5000;

/** Another tab may have closed. */
const CROWDED_MS = 30_000;

/** A connection that lasted so long was a good one. */
const GOOD_MS = 10_000;

type End = 'ended' | 'expired' | 'refused' | 'crowded' | { retryAfter: number | undefined };

export interface Watched {
  /** Of the collection, as /raw/clusters/… */
  path: string;
  /** Those that were chosen; with several, all are watched and the others left out. */
  namespaces: readonly string[];
  labels: string;
}

export class LiveList {
  private readonly stopping = new AbortController();
  private connection = new AbortController();
  private version = '';
  private waiting: RowEvent[] = [];
  /** What came while the list was being read again; it may be newer than the reading. */
  private meanwhile: RowEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private heardAt = 0;
  private readonly stopReading: () => void;

  constructor(
    private readonly loader: ListLoader,
    private readonly watched: Watched,
  ) {
    document.addEventListener('visibilitychange', this.onVisibility);
    let seen = loader.readAt.peek();
    this.stopReading = effect(() => {
      const readAt = loader.readAt.value;
      if (readAt === seen) return;
      seen = readAt;
      this.afterReading();
    });
    this.run();
  }

  stop(): void {
    this.stopping.abort();
    this.connection.abort();
    clearTimeout(this.timer);
    this.stopReading();
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.say('off');
  }

  private readonly onVisibility = () => {
    if (document.visibilityState !== 'visible') this.connection.abort();
  };

  private say(state: Live): void {
    const { loader } = this;
    if (loader.live.peek() === state) return;
    if (loader.live.peek() === 'live') loader.asOf.value = this.heardAt;
    loader.liveSince.value = state === 'live' ? Date.now() : undefined;
    loader.live.value = state;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    while (!signal.aborted) {
      await this.untilVisible();
      if (this.version === '') await this.untilRead();
      if (signal.aborted) return;
      const end = await this.follow();
      if (signal.aborted || end === 'refused') return;
      if (Date.now() - (this.loader.liveSince.peek() ?? Date.now()) > GOOD_MS) failures = 0;
      if (document.visibilityState !== 'visible') {
        this.say('paused');
      } else if (end === 'crowded') {
        await pause(CROWDED_MS, signal);
      } else {
        this.say('again');
        if (end === 'expired') {
          this.version = '';
          await this.loader.load();
        }
        const asked = typeof end === 'object' ? end.retryAfter : undefined;
        await pause(asked === undefined ? backoff(++failures) : asked * 1000, signal);
      }
    }
  }

  private async untilVisible(): Promise<void> {
    const { signal } = this.stopping;
    while (document.visibilityState !== 'visible' && !signal.aborted) {
      await new Promise<void>((resolve) => {
        document.addEventListener('visibilitychange', () => resolve(), { once: true, signal });
        signal.addEventListener('abort', () => resolve());
      });
    }
  }

  /** Until there is a whole reading to go on from. */
  private untilRead(): Promise<void> {
    const { signal } = this.stopping;
    return new Promise((resolve) => {
      const stop = effect(() => {
        if (this.loader.readAt.value === undefined) return;
        this.version = [...this.loader.versions.values()].reduce((a, b) => (isLater(a, b) ? b : a), '');
        queueMicrotask(done);
      });
      function done(): void {
        stop();
        resolve();
      }
      signal.addEventListener('abort', done);
    });
  }

  private get url(): string {
    const query = new URLSearchParams({
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: this.version,
    });
    if (this.watched.labels !== '') query.set('labelSelector', this.watched.labels);
    return `${this.watched.path}?${query}`;
  }

  /** One connection, from its beginning to its end. */
  private async follow(): Promise<End> {
    const { version } = this;
    if (version === '') return this.refuse();
    let end: End = 'ended';
    const ran = await withSlot(async () => {
      end = await this.read();
    });
    if (!ran) {
      this.say('crowded');
      return 'crowded';
    }
    return end;
  }

  private async read(): Promise<End> {
    this.connection = new AbortController();
    const { connection } = this;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      this.heardAt = Date.now();
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), SILENCE_MS);
    };
    let end: End = 'ended';
    heard();
    try {
      const answer = await open(this.url, { accept: TABLE, signal: connection.signal });
      heard();
      this.say('live');
      await readLines(answer.body, LINE_MAX, (lines) => {
        heard();
        for (const line of lines) {
          if (line !== '' && end === 'ended') end = this.take(readEvent(line));
        }
        if (end !== 'ended') connection.abort();
      });
    } catch (error) {
      if (end === 'ended' && !connection.signal.aborted) end = this.failed(error);
    } finally {
      clearTimeout(silence);
      this.flush();
    }
    return end;
  }

  private refuse(): End {
    this.say('refused');
    return 'refused';
  }

  private failed(error: unknown): End {
    if (!(error instanceof ApiError)) return { retryAfter: undefined };
    if (error.status === 410) return 'expired';
    // Asking again would not help: not allowed, not found, not served in this form.
    if ([400, 403, 404, 405, 406].includes(error.status)) return this.refuse();
    return { retryAfter: error.retryAfter };
  }

  private take(said: Said): End {
    switch (said.kind) {
      case 'expired':
        return 'expired';
      case 'foreign':
        return this.refuse();
      case 'error':
        return { retryAfter: undefined };
      case 'bookmark':
        this.version = said.version || this.version;
        return 'ended';
      case 'rows': {
        // Other columns than the list has: the kind has been defined anew.
        const have = this.loader.columns.peek();
        if (said.columns && said.columns.map(nameOf).join() !== have.map(nameOf).join()) return 'expired';
        this.gather(said.events);
        return 'ended';
      }
    }
  }

  private gather(events: RowEvent[]): void {
    for (const event of events) if (event.version !== '') this.version = event.version;
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

  /** Whether an event is about a row of the list, and not known to it already. */
  private isNews({ row, version }: RowEvent): boolean {
    const { namespaces } = this.watched;
    const read = this.loader.versions.get(namespaces.length === 0 ? '' : (row.namespace ?? ''));
    return read !== undefined && isLater(version, read);
  }

  private apply(events: RowEvent[]): void {
    const news = events.filter((event) => this.isNews(event));
    if (news.length === 0 || this.stopping.signal.aborted) return;
    const applied = applyEvents(this.loader.rows.peek(), news, this.watched.namespaces);
    this.loader.change(applied.rows, applied.before, applied.after);
  }

  /** The reading has replaced the rows by those of its version; what came later is put in again. */
  private afterReading(): void {
    const events = this.meanwhile;
    this.meanwhile = [];
    queueMicrotask(() => this.apply(events));
  }
}

const nameOf = (column: { name: string }) => column.name;
