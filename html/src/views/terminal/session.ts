// A shell's socket: a ticket, a WebSocket that speaks eksgate.v1, and what passes between it and a screen.
import { signal } from '@preact/signals';
import { call } from '../../api/client';
import { ApiError } from '../../api/error';
import type { ShellTarget } from '../../lib/shells';

/** Output that may be on its way to the screen: more would only wait in the browser's memory. */
const WINDOW = 256 * 1024;
const PING_MS = 30_000;

const INPUT = 0x31;
const PING = 0x32;
const SIZE = 0x33;
const SHOWN = 0x34;
const OUTPUT = 0x31;
const TITLE = 0x33;

export interface Screen {
  /** done() when it is shown. */
  write(data: Uint8Array, done: () => void): void;
  size(): { columns: number; rows: number };
}

/** Why a shell is not open any more. */
export interface End {
  code: number;
  /** In the gateway's words, "" where it had none. */
  reason: string;
  /** When there was not even a ticket. */
  error?: ApiError;
}

export type ShellState = 'connecting' | 'open' | 'closed';

export function ticketPath({ cluster, namespace, pod, container }: ShellTarget): string {
  const segment = encodeURIComponent;
  const root = `/api/terminal/clusters/${segment(cluster)}`;
  if (!pod) return `${root}/termtype/cluster`;
  const of = `${root}/namespaces/${segment(namespace ?? '')}/pods/${segment(pod)}`;
  return container ? `${of}/containers/${segment(container)}/termtype/container` : `${of}/termtype/pod`;
}

export function socketUrl(page: Pick<Location, 'protocol' | 'host'>): string {
  return `${page.protocol === 'https:' ? 'wss:' : 'ws:'}//${page.host}/api/terminal/ws`;
}

function message(kind: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(data.length + 1);
  out[0] = kind;
  out.set(data, 1);
  return out;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class ShellSession {
  readonly state = signal<ShellState>('connecting');
  readonly title = signal('');
  readonly end = signal<End | undefined>(undefined);
  #target: ShellTarget;
  #screen: Screen;
  #socket: WebSocket | undefined;
  #asking = new AbortController();
  #pings: ReturnType<typeof setInterval> | undefined;
  #shown = 0;
  #told = 0;

  constructor(target: ShellTarget, screen: Screen) {
    this.#target = target;
    this.#screen = screen;
  }

  async connect(): Promise<void> {
    this.close();
    this.state.value = 'connecting';
    this.end.value = undefined;
    this.#asking = new AbortController();
    const { signal: asking } = this.#asking;
    try {
      const { token } = await call<{ token: string }>(ticketPath(this.#target), {
        method: 'POST',
        signal: asking,
      });
      if (!asking.aborted) this.#open(token);
    } catch (error) {
      if (asking.aborted) return;
      const why =
        error instanceof ApiError
          ? error
          : new ApiError({ kind: 'network', message: String(error), request: '' });
      this.#over({ code: 0, reason: why.message, error: why });
    }
  }

  #open(token: string): void {
    const socket = new WebSocket(socketUrl(location), ['eksgate.v1']);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#shown = 0;
    this.#told = 0;
    socket.onopen = () => {
      const { columns, rows } = this.#screen.size();
      socket.send(
        JSON.stringify({ Arguments: '', AuthToken: token, Columns: columns, Rows: rows, Window: WINDOW }),
      );
      this.#pings = setInterval(() => this.#say(PING, new Uint8Array()), PING_MS);
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      if (socket === this.#socket) this.#take(new Uint8Array(event.data));
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#over({ code: event.code, reason: event.reason });
    };
  }

  #take(data: Uint8Array): void {
    const kind = data[0];
    const rest = data.subarray(1);
    if (kind === TITLE) {
      this.title.value = decoder.decode(rest);
      this.state.value = 'open';
    } else if (kind === OUTPUT) {
      const socket = this.#socket;
      this.#screen.write(rest, () => {
        if (socket === this.#socket) this.#show(rest.length);
      });
    }
  }

  /** Tells now and then how far the screen is; the gateway goes on as far behind it as the window allows. */
  #show(count: number): void {
    this.#shown += count;
    if (this.#shown - this.#told < WINDOW / 4) return;
    this.#told = this.#shown;
    this.#say(SHOWN, encoder.encode(String(this.#shown)));
  }

  #say(kind: number, data: Uint8Array): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(message(kind, data));
  }

  type(text: string): void {
    if (this.state.value === 'open') this.#say(INPUT, encoder.encode(text));
  }

  /** Bytes that a program asked the screen for, and what is no text. */
  typeBytes(text: string): void {
    if (this.state.value === 'open')
      this.#say(
        INPUT,
        Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff),
      );
  }

  resize(): void {
    const { columns, rows } = this.#screen.size();
    if (this.state.value === 'open') this.#say(SIZE, encoder.encode(JSON.stringify({ columns, rows })));
  }

  #over(end: End): void {
    this.#drop();
    this.end.value = end;
    this.state.value = 'closed';
  }

  #drop(): void {
    clearInterval(this.#pings);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  /** The shell ends; nothing is told of it any more. */
  close(): void {
    this.#asking.abort();
    this.#drop();
  }
}
