// For what is no list of rows: that something of some kinds has changed, and so is to be read again.
import { computed, signal } from '@preact/signals';
import type { RowEvent } from './events';
import type { Live } from './list';
import { follow } from './stream';

/** Changes come in bursts: reading waits a little for the rest of them. */
const GATHER_MS = 1000;

/** At least so long lies between two readings, and ten times as long as one takes. */
const GAP_MS = 5000;
const SHARE = 10;

export class Changes {
  private readonly states = signal<ReadonlyMap<string, Live>>(new Map());
  /** Live while all is that may be followed at all. */
  readonly live = computed<Live>(() => {
    const states = [...this.states.value.values()];
    const open = states.filter((state) => state !== 'refused');
    if (open.length === 0) return states.length === 0 ? 'off' : 'refused';
    return open.find((state) => state !== 'live') ?? 'live';
  });
  readonly liveSince = signal<number | undefined>(undefined);
  /** Kinds that the cluster does not let us follow. */
  readonly refused = computed(() =>
    [...this.states.value].filter(([, state]) => state === 'refused').map(([kind]) => kind),
  );
  private stops: (() => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading = false;
  private again = false;
  private notBefore = 0;

  /** `read` is called when something has changed; where `rows` is told what, it says when that is needed. */
  constructor(
    private readonly cluster: string,
    private readonly kinds: readonly string[],
    private readonly read: () => Promise<void>,
    private readonly rows?: (kind: string, events: readonly RowEvent[]) => void,
  ) {}

  start(): void {
    const { rows } = this;
    this.stops = this.kinds.map((kind) =>
      follow(this.cluster, '', kind, {
        since: undefined,
        state: (state) => this.take(kind, state),
        reset: () => this.want(),
        rows: (events) => (rows ? rows(kind, events) : this.want()),
        whole: () => undefined,
      }),
    );
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const stop of this.stops) stop();
    this.stops = [];
    this.states.value = new Map();
  }

  private take(kind: string, state: Live): void {
    const was = this.live.peek();
    this.states.value = new Map(this.states.peek()).set(kind, state);
    const now = this.live.peek();
    if (now !== was) this.liveSince.value = now === 'live' ? Date.now() : undefined;
  }

  /** Reads soon, and not too often. */
  want(): void {
    if (this.reading) this.again = true;
    if (this.reading || this.stops.length === 0 || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.run(), Math.max(GATHER_MS, this.notBefore - Date.now()));
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    this.reading = true;
    this.again = false;
    const began = Date.now();
    await this.read();
    this.reading = false;
    this.notBefore = Date.now() + Math.max(GAP_MS, (Date.now() - began) * SHARE);
    if (this.again) this.want();
  }
}
