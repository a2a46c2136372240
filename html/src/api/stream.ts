// One stream of changes for each cluster, however many lists this page shows of it: what is followed shares it, each by
// its kind. Where it breaks, or other kinds come into view, it goes on where each kind was.
//
// While the page cannot be seen there is none, and none is tried where the cluster or the number of tabs forbids it.
import { backoff, pause } from './backoff';
import { open } from './client';
import { ApiError } from './error';
import { EventReader, isLater, placesOf, type RowEvent, readEvent, type Said } from './events';
import { readLines } from './lines';
import type { Live } from './list';
import { withSlot } from './slots';
import type { TableColumn } from './types';

/** What the gateway lets one stream have. */
const KINDS_MAX = 24;

/** Longer than what the gateway tells at once. */
const LINE_MAX = 10 * 1024 * 1024;

/** The gateway says something every 15 s; when nothing has come for longer, the connection is dead without knowing it. */
const SILENCE_MS = 45_000;

/** What one page shows instead of another goes and comes in one turn. */
const SETTLE_MS = 20;

/** Another tab may have closed; rights may have been given. */
const CROWDED_MS = 30_000;
const REFUSED_MS = 60_000;

/** A connection that lasted so long was a good one. */
const GOOD_MS = 10_000;

type End = 'ended' | 'refused' | 'crowded' | { retryAfter: number | undefined };

/** Who is told of a kind. */
export interface Follower {
  /** The version to go on from; undefined: only changes are wanted, and after a reset all is to be read anew. */
  readonly since: string | undefined;
  state(state: Live, heardAt: number): void;
  /** What was known is worth nothing; all rows follow, for whom they are wanted. */
  reset(): void;
  rows(events: RowEvent[], columns: TableColumn[] | undefined): void;
  /** All that followed a reset has come; together it is of this version. */
  whole(version: string): void;
}

interface Subject {
  followers: Set<Follower>;
  /** Where the stream goes on: a version, or "now". */
  place: string;
  state: Live;
  /** A reset came, and not yet all that follows it. */
  resetting: boolean;
}

const streams = new Map<string, ClusterStream>();

/** Follows a kind ("pods", "jobs.batch@namespace") of a cluster, of what carries the labels. Returns what ends it. */
export function follow(cluster: string, labels: string, kind: string, follower: Follower): () => void {
  const key = `${cluster} ${labels}`;
  const stream = streams.get(key) ?? new ClusterStream(cluster, labels, () => streams.delete(key));
  streams.set(key, stream);
  return stream.add(kind, follower);
}

class ClusterStream {
  private readonly subjects = new Map<string, Subject>();
  private connection = new AbortController();
  /** What the connection that is open was asked for. */
  private asked = '';
  private running = false;
  private settling: ReturnType<typeof setTimeout> | undefined;
  private heardAt = Date.now();
  private waking: (() => void) | undefined;

  constructor(
    private readonly cluster: string,
    private readonly labels: string,
    private readonly onEnd: () => void,
  ) {}

  add(kind: string, follower: Follower): () => void {
    const { since } = follower;
    const subject = this.subjects.get(kind);
    if (!subject) {
      this.subjects.set(kind, {
        followers: new Set([follower]),
        place: since ?? 'now',
        state: 'off',
        resetting: false,
      });
    } else {
      subject.followers.add(follower);
      // Who has read less than the stream has told gets that again; it changes nothing for the others.
      if (since !== undefined && (subject.place === 'now' || isLater(subject.place, since))) {
        subject.place = since;
        this.asked = '';
      } else if (subject.state !== 'off') {
        follower.state(subject.state, this.heardAt);
      }
    }
    this.settle();
    return () => this.remove(kind, follower);
  }

  private remove(kind: string, follower: Follower): void {
    const subject = this.subjects.get(kind);
    subject?.followers.delete(follower);
    if (subject?.followers.size === 0) this.subjects.delete(kind);
    this.settle();
  }

  private settle(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (!this.running) this.run();
      else if (this.kinds.join() !== this.asked) this.wake();
    }, SETTLE_MS);
  }

  /** Ends the connection, or the pause before the next. */
  private wake(): void {
    this.connection.abort();
    this.waking?.();
  }

  private get kinds(): string[] {
    return [...this.subjects.keys()].slice(0, KINDS_MAX).sort();
  }

  private say(state: Live): void {
    for (const subject of this.subjects.values()) this.tell(subject, state);
  }

  private tell(subject: Subject, state: Live): void {
    if (subject.state === state) return;
    subject.state = state;
    for (const follower of subject.followers) follower.state(state, this.heardAt);
  }

  private async run(): Promise<void> {
    this.running = true;
    document.addEventListener('visibilitychange', this.onVisibility);
    let failures = 0;
    while (this.subjects.size > 0) {
      if (document.visibilityState !== 'visible') {
        this.say('paused');
        await this.sleep();
        continue;
      }
      const started = Date.now();
      const end = await this.follow();
      if (this.subjects.size === 0 || document.visibilityState !== 'visible') continue;
      if (end === 'crowded' || end === 'refused') {
        this.say(end);
        await this.sleep(end === 'crowded' ? CROWDED_MS : REFUSED_MS);
        continue;
      }
      if (this.kinds.join() !== this.asked) continue; // it was ended to be opened with other kinds
      this.say('again');
      if (Date.now() - started > GOOD_MS) failures = 0;
      const after = typeof end === 'object' ? end.retryAfter : undefined;
      await this.sleep(after === undefined ? backoff(++failures) : after * 1000);
    }
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.running = false;
    this.onEnd();
  }

  private readonly onVisibility = () => this.wake();

  private async sleep(ms = 2 ** 31 - 1): Promise<void> {
    const waking = new AbortController();
    this.waking = () => waking.abort();
    await pause(ms, waking.signal);
    this.waking = undefined;
  }

  private async follow(): Promise<End> {
    let end: End = 'ended';
    const ran = await withSlot(async () => {
      end = await this.read();
    });
    return ran ? end : 'crowded';
  }

  private url(kinds: readonly string[]): string {
    const query = new URLSearchParams({ kinds: kinds.join() });
    query.set('since', kinds.map((kind) => `${kind}:${this.subjects.get(kind)?.place ?? ''}`).join());
    if (this.labels !== '') query.set('labelSelector', this.labels);
    return `/api/clusters/${encodeURIComponent(this.cluster)}/events/stream?${query}`;
  }

  /** One connection, from its beginning to its end. */
  private async read(): Promise<End> {
    const { kinds } = this;
    if (kinds.length === 0) return 'ended';
    this.asked = kinds.join();
    const connection = new AbortController();
    this.connection = connection;
    for (const subject of this.subjects.values()) {
      if (subject.resetting) this.tell(subject, 'again'); // what has come of it is forgotten
      subject.resetting = false;
    }
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      this.heardAt = Date.now();
      clearTimeout(silence);
      silence = setTimeout(() => connection.abort(), SILENCE_MS);
    };
    const events = new EventReader();
    silence = setTimeout(() => connection.abort(), SILENCE_MS);
    try {
      const answer = await open(this.url(kinds), { accept: 'text/event-stream', signal: connection.signal });
      await readLines(answer.body, LINE_MAX, (lines) => {
        if (connection.signal.aborted) return;
        heard();
        for (const line of lines) {
          const event = events.push(line);
          if (event) this.take(event.id, readEvent(event));
        }
      });
    } catch (error) {
      if (!connection.signal.aborted) return failed(error);
    } finally {
      clearTimeout(silence);
      connection.abort();
    }
    return 'ended';
  }

  private take(id: string, { kind, said }: { kind: string; said: Said }): void {
    const subject = this.subjects.get(kind);
    if (subject && said.what === 'reset') {
      subject.resetting = true;
      for (const follower of subject.followers) follower.reset();
    }
    if (subject && said.what === 'rows') {
      for (const follower of subject.followers) follower.rows(said.events, said.columns);
    }
    this.arrive(id);
    if (!subject) return;
    if (said.what === 'foreign') this.tell(subject, 'refused');
    if (said.what === 'state') {
      this.tell(subject, said.state === 'live' || said.state === 'refused' ? said.state : 'again');
    }
  }

  /** An id names a kind only once all of it has been told. */
  private arrive(id: string): void {
    for (const [kind, version] of placesOf(id)) {
      const subject = this.subjects.get(kind);
      if (!subject) continue;
      if (subject.place !== 'now') subject.place = version;
      if (!subject.resetting) continue;
      subject.resetting = false;
      for (const follower of subject.followers) follower.whole(version);
    }
  }
}

function failed(error: unknown): End {
  if (!(error instanceof ApiError)) return { retryAfter: undefined };
  // Asking again at once would not help: not allowed, not found.
  if ([400, 401, 403, 404, 405].includes(error.status)) return 'refused';
  return { retryAfter: error.retryAfter };
}
