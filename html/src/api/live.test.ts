// The watch against answers that are played here; against a real cluster it is tests/browser/live.test.mjs.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ListLoader } from './list';
import { LiveList } from './live';
import type { TablePage } from './types';

const columns = [{ name: 'Name', type: 'string', format: 'name', priority: 0, description: '' }];
const page = (names: string[], version: string): TablePage => ({
  columns,
  rows: names.map((name) => ({ cells: [name], name, uid: name })),
  resource_version: version,
});
const line = (type: string, name: string, version: string) =>
  `${JSON.stringify({
    type,
    object: {
      kind: 'Table',
      metadata: { resourceVersion: version },
      columnDefinitions: null,
      rows: [{ cells: [name], object: { metadata: { name, uid: name, resourceVersion: version } } }],
    },
  })}\n`;

interface Played {
  url: string;
  say(text: string): void;
  end(): void;
}

let played: Played[] = [];
let status = 200;
let live: LiveList | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  played = [];
  status = 200;
  vi.stubGlobal('fetch', (url: string, { signal }: RequestInit) => {
    if (status !== 200) return Promise.resolve(new Response('{}', { status }));
    const encoder = new TextEncoder();
    let body!: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        body = controller;
      },
    });
    signal?.addEventListener('abort', () => body.error(signal.reason));
    played.push({ url, say: (text) => body.enqueue(encoder.encode(text)), end: () => body.close() });
    return Promise.resolve(new Response(stream));
  });
});
afterEach(() => {
  live?.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 200) => vi.advanceTimersByTimeAsync(ms);

async function watched(pages: TablePage[]): Promise<ListLoader> {
  const loader = new ListLoader([undefined], async () => pages.shift() ?? page([], '99'));
  live = new LiveList(loader, { path: '/raw/x', namespaces: [], labels: 'a=b' });
  await loader.load();
  await settle();
  return loader;
}
const namesOf = (loader: ListLoader) => loader.rows.value.map((row) => row.name);

it('goes on from the reading, and after a break from the last event', async () => {
  const loader = await watched([page(['a'], '10')]);
  expect(loader.live.value).toBe('live');
  expect(played[0]?.url).toBe(
    '/raw/x?watch=1&allowWatchBookmarks=true&resourceVersion=10&labelSelector=a%3Db',
  );
  played[0]?.say(line('ADDED', 'b', '11'));
  await settle();
  expect(namesOf(loader)).toEqual(['a', 'b']);
  played[0]?.say(line('BOOKMARK', '', '20'));
  await settle();
  played[0]?.end();
  await settle(0);
  expect(loader.live.value).toBe('again');
  await settle(2000);
  expect(played[1]?.url).toContain('resourceVersion=20');
  expect(loader.live.value).toBe('live');
});

it('reads the list anew when its version is forgotten, and goes on from there', async () => {
  const loader = await watched([page(['a'], '10'), page(['z'], '50')]);
  played[0]?.say('{"type":"ERROR","object":{"kind":"Status","code":410}}\n');
  await settle(2000);
  expect(namesOf(loader)).toEqual(['z']);
  expect(played[1]?.url).toContain('resourceVersion=50');
});

it('does not lose what comes while the list is read again, nor brings back what the reading knows is gone', async () => {
  let finish!: (read: TablePage) => void;
  const loader = await watched([page(['a'], '10')]);
  Object.assign(loader, { fetchPage: () => new Promise((resolve) => (finish = resolve)) });
  const reading = loader.load();
  played[0]?.say(line('ADDED', 'old', '11') + line('ADDED', 'new', '31'));
  await settle();
  finish(page(['a'], '30'));
  await reading;
  await settle();
  expect(namesOf(loader)).toEqual(['a', 'new']);
});

it('gives up where it is forbidden, and not where it is only too much', async () => {
  status = 403;
  expect((await watched([page(['a'], '10')])).live.value).toBe('refused');
  live?.stop();
  status = 429;
  const loader = await watched([page(['a'], '10')]);
  expect(loader.live.value).toBe('again');
  status = 200;
  await settle(2000);
  expect(loader.live.value).toBe('live');
});

it('takes silence for a broken connection', async () => {
  const loader = await watched([page(['a'], '10')]);
  const heard = loader.asOf.value;
  await settle(100_100);
  expect(loader.live.value).toBe('again');
  expect(loader.asOf.value).toBeLessThanOrEqual((heard ?? 0) + 1000);
});

it('says nothing more once it is stopped', async () => {
  const loader = await watched([page(['a'], '10')]);
  played[0]?.say(line('ADDED', 'late', '11'));
  await settle(0);
  live?.stop();
  await settle();
  expect(namesOf(loader)).toEqual(['a']);
  expect(loader.live.value).toBe('off');
});
