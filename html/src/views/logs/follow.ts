// One log, read once or followed: where it breaks it goes on after the last line that came.
import { batch, signal } from '@preact/signals';
import { backoff, pause } from '../../api/backoff';
import { open } from '../../api/client';
import { ApiError, isAbort, toApiError } from '../../api/error';
import { readLines } from '../../api/lines';
import { withSlot } from '../../api/slots';
import { type Block, LogBuffer } from './buffer';

export type From = { tail: number } | { seconds: number } | 'all';

export interface LogSource {
  /** Where it is read, after a time when one is given. */
  url(after: string): string;
  follow: boolean;
  /** Of several pods at once: their lines do not come in the order of time, so reading begins anew where it broke. */
  many?: boolean;
  /** Whether nothing will ever be written to it again. */
  isOver(): boolean;
}

export interface PodLog {
  /** Of the pod's log, as /raw/clusters/… */
  path: string;
  container: string;
  previous: boolean;
  from: From;
  follow: boolean;
}

/** "waiting" is for a container that has not started, "ended" for a log that has been read to its end. */
export type LogState =
  | 'reading'
  | 'following'
  | 'again'
  | 'waiting'
  | 'paused'
  | 'crowded'
  | 'ended'
  | 'failed';

const LINE_MAX = 16 * 1024;
const GATHER_MS = 100;

/** Times are always asked for: a log that broke goes on by them, and showing them costs nothing more. */
export function logUrl(source: PodLog, since = ''): string {
  const query = new URLSearchParams({ container: source.container, timestamps: 'true' });
  if (source.previous) query.set('previous', 'true');
  if (source.follow) query.set('follow', 'true');
  if (since !== '') query.set('sinceTime', since);
  else if (source.from !== 'all') {
    if ('tail' in source.from) query.set('tailLines', String(source.from.tail));
    else query.set('sinceSeconds', String(source.from.seconds));
  }
  return `${source.path}?${query}`;
}

/** The same of all pods of a job. */
export function jobLogUrl(source: Omit<PodLog, 'previous'>): string {
  const query = new URLSearchParams({ timestamps: 'true' });
  if (source.container !== '') query.set('container', source.container);
  if (source.follow) query.set('follow', 'true');
  if (source.from !== 'all') {
    if ('tail' in source.from) query.set('tailLines', String(source.from.tail));
    else query.set('since', `${source.from.seconds}s`);
  }
  return `${source.path}?${query}`;
}

export class LogStream {
  readonly blocks = signal<readonly Block[]>([]);
  readonly state = signal<LogState>('reading');
  readonly error = signal<ApiError | undefined>(undefined);
  readonly dropped = signal(0);
  /** Lines that have come in all. */
  readonly seen = signal(0);

  private buffer = new LogBuffer();
  private readonly stopping = new AbortController();
  private connection = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly source: LogSource) {
    document.addEventListener('visibilitychange', this.onVisibility);
    if (source.follow) this.follow();
    else this.read('reading').then((end) => this.stopping.signal.aborted || this.finish(end));
  }

  stop(): void {
    this.stopping.abort();
    this.connection.abort();
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.onVisibility);
  }

  private readonly onVisibility = () => {
    if (this.source.follow && document.visibilityState !== 'visible') this.connection.abort();
  };

  private finish(error: ApiError | undefined): void {
    batch(() => {
      this.error.value = error;
      this.state.value = error ? 'failed' : 'ended';
    });
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    while (!signal.aborted) {
      await this.untilVisible();
      if (signal.aborted) return;
      const before = this.source.many ? 0 : this.buffer.seen;
      let error: ApiError | undefined;
      const ran = await withSlot(async () => {
        error = await this.read('following');
      });
      if (signal.aborted) return;
      if (this.buffer.seen > before) failures = 0;
      if (document.visibilityState !== 'visible') {
        this.state.value = 'paused';
        continue;
      }
      if (error && [401, 403, 404].includes(error.status)) return this.finish(error);
      if (ran && !error && this.source.isOver()) return this.finish(undefined);
      batch(() => {
        this.error.value = error;
        this.state.value = !ran ? 'crowded' : error?.status === 400 ? 'waiting' : 'again';
      });
      await pause(backoff(++failures), signal);
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

  /** One connection to its end. What went wrong, or nothing. */
  private async read(state: LogState): Promise<ApiError | undefined> {
    this.connection = new AbortController();
    this.buffer.resume();
    try {
      const url = this.source.url(this.source.many ? '' : this.buffer.last);
      const answer = await open(url, { accept: '*/*', signal: this.connection.signal });
      if (this.source.many) this.buffer = new LogBuffer(undefined, undefined, true);
      batch(() => {
        this.error.value = undefined;
        this.state.value = state;
      });
      await readLines(answer.body, LINE_MAX, (lines) => {
        if (this.stopping.signal.aborted) return;
        this.buffer.push(lines);
        this.timer ??= setTimeout(() => this.show(), GATHER_MS);
      });
      return undefined;
    } catch (error) {
      if (isAbort(error) || this.stopping.signal.aborted) return undefined;
      // A body that breaks off is told by fetch in words of its own.
      return error instanceof ApiError
        ? error
        : new ApiError({ kind: 'network', message: toApiError(error).message });
    } finally {
      this.show();
    }
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.stopping.signal.aborted) return;
    batch(() => {
      this.blocks.value = this.buffer.blocks;
      this.dropped.value = this.buffer.dropped;
      this.seen.value = this.buffer.seen;
    });
  }
}
