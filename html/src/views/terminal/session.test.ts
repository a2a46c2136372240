import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeShell, openShell, shells, shownShell } from '../../lib/shells';
import { ShellSession, socketUrl, ticketPath } from './session';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket;
  readyState = 1;
  binaryType = '';
  sent: (string | Uint8Array)[] = [];
  closedWith: number | undefined;
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: ArrayBuffer }) => void) | undefined;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {
    FakeSocket.last = this;
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }

  close(code: number): void {
    this.closedWith = code;
  }

  says(kind: string, text: string | Uint8Array): void {
    const data = typeof text === 'string' ? encoder.encode(text) : text;
    const all = new Uint8Array(data.length + 1);
    all[0] = kind.charCodeAt(0);
    all.set(data, 1);
    this.onmessage?.({ data: all.buffer });
  }

  /** What was said after the ticket, as text. */
  get texts(): string[] {
    return this.sent.slice(1).map((data) => (typeof data === 'string' ? data : decoder.decode(data)));
  }
}

const size = { columns: 90, rows: 30 };
let written: { data: Uint8Array; done: () => void }[];

async function opened(): Promise<{ session: ShellSession; socket: FakeSocket }> {
  const session = new ShellSession(
    { cluster: 'c', namespace: 'n', pod: 'p' },
    {
      write: (data, done) => {
        written.push({ data, done });
      },
      size: () => size,
    },
  );
  await session.connect();
  const socket = FakeSocket.last;
  socket.onopen?.();
  socket.says('3', 'n/p/c');
  return { session, socket };
}

beforeEach(() => {
  written = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', async () => new Response('{"token":"secret"}', { status: 200 }));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a shell', () => {
  it('asks for a ticket at the path of what it is for', () => {
    expect(ticketPath({ cluster: 'arn:a/b' })).toBe('/api/terminal/clusters/arn%3Aa%2Fb/termtype/cluster');
    expect(ticketPath({ cluster: 'c', namespace: 'n', pod: 'p' })).toBe(
      '/api/terminal/clusters/c/namespaces/n/pods/p/termtype/pod',
    );
    expect(ticketPath({ cluster: 'c', namespace: 'n', pod: 'p', container: 'k' })).toBe(
      '/api/terminal/clusters/c/namespaces/n/pods/p/containers/k/termtype/container',
    );
    expect(socketUrl({ protocol: 'https:', host: 'h:1' })).toBe('wss://h:1/api/terminal/ws');
    expect(socketUrl({ protocol: 'http:', host: 'h' })).toBe('ws://h/api/terminal/ws');
  });

  it('gives the ticket first, with its size, and is open when its title comes', async () => {
    const { session, socket } = await opened();
    expect(socket.protocols).toEqual(['eksgate.v1']);
    expect(JSON.parse(socket.sent[0] as string)).toMatchObject({
      AuthToken: 'secret',
      Columns: 90,
      Rows: 30,
    });
    expect([session.state.value, session.title.value]).toEqual(['open', 'n/p/c']);
  });

  it('types UTF-8, tells its size, and passes output on as bytes', async () => {
    const { session, socket } = await opened();
    session.type('한글\r');
    session.resize();
    expect(socket.texts).toEqual(['1한글\r', '3{"columns":90,"rows":30}']);
    socket.says('1', '출력');
    expect(decoder.decode(written[0]?.data)).toBe('출력');
  });

  it('says how far the screen is only once it is that far', async () => {
    const { socket } = await opened();
    for (let i = 0; i < 3; i++) socket.says('1', new Uint8Array(40_000));
    expect(socket.texts).toEqual([]);
    for (const { done } of written) done();
    expect(socket.texts).toEqual(['480000']);
  });

  it('pings, and stops when it has ended', async () => {
    vi.useFakeTimers();
    const { session, socket } = await opened();
    vi.advanceTimersByTime(60_000);
    expect(socket.texts).toEqual(['2', '2']);
    socket.onclose?.({ code: 4408, reason: 'nobody has typed' });
    vi.advanceTimersByTime(60_000);
    expect(socket.texts).toEqual(['2', '2']);
    expect(session.state.value).toBe('closed');
    expect(session.end.value).toEqual({ code: 4408, reason: 'nobody has typed' });
    session.type('lost');
    expect(socket.texts).toEqual(['2', '2']);
  });

  it('connects again with a new ticket, and hears nothing of the socket before', async () => {
    const { session, socket } = await opened();
    socket.onclose?.({ code: 1000, reason: '' });
    await session.connect();
    expect(FakeSocket.last).not.toBe(socket);
    socket.says('1', 'late');
    socket.onclose?.({ code: 1006, reason: '' });
    expect([written.length, session.end.value]).toEqual([0, undefined]);
  });

  it('says why there is no ticket', async () => {
    const status = { kind: 'Status', message: 'not that', reason: 'Forbidden', code: 403 };
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify(status), { status: 403 }));
    const session = new ShellSession({ cluster: 'c' }, { write: () => undefined, size: () => size });
    await session.connect();
    expect(session.state.value).toBe('closed');
    expect(session.end.value?.error?.status).toBe(403);
  });
});

describe('the dock', () => {
  it('shows the neighbour of a shell that was closed', () => {
    for (const cluster of ['a', 'b', 'c']) openShell({ cluster });
    const [a, b, c] = shells.value.map(({ id }) => id) as [number, number, number];
    expect(shownShell.value).toBe(c);
    closeShell(c);
    expect(shownShell.value).toBe(b);
    closeShell(a);
    expect(shownShell.value).toBe(b);
    closeShell(b);
    expect([shells.value.length, shownShell.value]).toEqual([0, 0]);
  });
});
