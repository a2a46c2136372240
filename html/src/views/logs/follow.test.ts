import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobLogUrl, LogStream, logUrl } from './follow';

const source = { path: '/raw/x/log', container: 'api', previous: false, follow: true } as const;

it.each([
  [{ tail: 500 }, '', 'follow=true&tailLines=500'],
  [{ seconds: 300 }, '', 'follow=true&sinceSeconds=300'],
  ['all', '', 'follow=true'],
  [{ tail: 500 }, '2026-11-21T10:00:00.5Z', 'follow=true&sinceTime=2026-11-21T10%3A00%3A00.5Z'],
] as const)('asks for %o from %s', (from, since, query) => {
  expect(logUrl({ ...source, from }, since)).toBe(`/raw/x/log?container=api&timestamps=true&${query}`);
});

it('asks for the log before this one', () => {
  const url = logUrl({ ...source, previous: true, follow: false, from: 'all' });
  expect(url).toBe('/raw/x/log?container=api&timestamps=true&previous=true');
});

describe('a followed log', () => {
  let answers: (() => Response)[] = [];
  let asked: string[] = [];
  let stream: LogStream | undefined;
  const text = (body: string) => () => new Response(body);
  const status = (code: number, message: string) => () =>
    new Response(JSON.stringify({ kind: 'Status', code, message }), { status: code });

  beforeEach(() => {
    vi.useFakeTimers();
    asked = [];
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(url);
      return (answers.shift() ?? text(''))();
    });
  });
  afterEach(() => {
    stream?.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const textsOf = () => stream?.blocks.value.flatMap((block) => block.lines.map((line) => line.text));
  const follow = (isOver: () => boolean) => {
    const url = (after: string) => logUrl({ ...source, from: { tail: 500 } }, after);
    stream = new LogStream({ url, follow: true, isOver });
    return vi.advanceTimersByTimeAsync(100);
  };

  it('waits for a container that has not started, with the words of the cluster', async () => {
    const words = 'container "api" in pod "x" is waiting to start: ContainerCreating';
    answers = [status(400, words), text('2026-11-21T10:00:00Z a\n')];
    await follow(() => true);
    expect(stream?.state.value).toBe('waiting');
    expect(stream?.error.value?.message).toBe(words);
    await vi.advanceTimersByTimeAsync(1000);
    expect(textsOf()).toEqual(['a']);
    expect(stream?.error.value).toBeUndefined();
    expect(stream?.state.value).toBe('ended');
  });

  it('goes on where it ended, while the container may write again', async () => {
    answers = [text('2026-11-21T10:00:00Z a\n'), text('2026-11-21T10:00:00Z a\n2026-11-21T10:00:00.1Z b\n')];
    await follow(() => asked.length > 1);
    expect(stream?.state.value).toBe('again');
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked[1]).toContain('sinceTime=2026-11-21T10%3A00%3A00Z');
    expect(textsOf()).toEqual(['a', 'b']);
    expect(stream?.state.value).toBe('ended');
  });

  it('of several pods is read anew where it broke, and says of each line whose it is', async () => {
    answers = [
      text('[pod/a-1/main] 2026-11-21T10:00:01Z one\n[pod/a-2/main] 2026-11-21T10:00:00Z two\n'),
      text('[pod/a-1/main] 2026-11-21T10:00:01Z one\n2026-11-21T10:00:02Z [pod/x/y] three\n'),
    ];
    const url = () => jobLogUrl({ path: '/api/x/logs', container: '', from: { seconds: 60 }, follow: true });
    stream = new LogStream({ url, follow: true, many: true, isOver: () => asked.length > 1 });
    await vi.advanceTimersByTimeAsync(100);
    expect(textsOf()).toEqual(['one', 'two']);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked[1]).toBe('/api/x/logs?timestamps=true&follow=true&since=60s');
    expect(textsOf()).toEqual(['one', '[pod/x/y] three']);
    expect(stream.blocks.value[0]?.lines.map(({ origin }) => origin)).toEqual(['a-1/main', undefined]);
  });

  it.each([401, 403, 404])('ends where asking again would not help: %i', async (code) => {
    answers = [status(code, 'no')];
    await follow(() => false);
    expect(stream?.state.value).toBe('failed');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.length).toBe(1);
  });
});
