// Lists and what else is followed, against streams that are played here; against a real cluster it is
// tests/browser/live.test.mjs.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Changes } from './changes';
import { ListLoader } from './list';
import { type Followed, LiveList } from './live';
import type { TablePage } from './types';

const columns = [{ name: 'Name', type: 'string', format: 'name', priority: 0, description: '' }];
const page = (names: string[], version: string, namespace?: string): TablePage => ({
  columns,
  rows: names.map((name) => ({ cells: [name], name, uid: name, namespace })),
  resource_version: version,
});
const row = (name: string, version: string, namespace?: string) => ({
  cells: [name],
  object: { metadata: { name, uid: name, namespace, resourceVersion: version } },
});
const event = (what: string, id: string, data: object) =>
  `event: ${what}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
const change = (type: string, name: string, version: string, kind = 'pods', id = `${kind}:${version}`) =>
  event('change', id, {
    kind,
    type,
    object: { kind: 'Table', columnDefinitions: null, rows: [row(name, version, kind.split('@')[1])] },
  });
const state = (word: string, id = '', kind = 'pods') => event('state', id, { kind, state: word });
const reset = (id = '', kind = 'pods') => event('reset', id, { kind });

interface Played {
  query: URLSearchParams;
  aborted: boolean;
  say(...texts: string[]): void;
  end(): void;
}

let played: Played[] = [];
let status = 200;
let stops: (() => void)[] = [];
const last = () => played[played.length - 1] as Played;

beforeEach(() => {
  vi.useFakeTimers();
  played = [];
  stops = [];
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
    const one: Played = {
      query: new URL(url, 'http://x').searchParams,
      aborted: false,
      say: (...texts) => body.enqueue(encoder.encode(texts.join(''))),
      end: () => body.close(),
    };
    signal?.addEventListener('abort', () => {
      one.aborted = true;
      try {
        body.error(signal.reason);
      } catch {
        // it had ended
      }
    });
    played.push(one);
    return Promise.resolve(new Response(stream));
  });
});
afterEach(async () => {
  for (const stop of stops) stop();
  await settle();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 300) => vi.advanceTimersByTimeAsync(ms);

async function listed(
  pages: TablePage[],
  followed: Partial<Followed> = {},
): Promise<{ loader: ListLoader; stop: () => void }> {
  const { namespaces = [] } = followed;
  const loader = new ListLoader(
    namespaces.length === 0 ? [undefined] : [...namespaces],
    async () => pages.shift() ?? page([], '99'),
  );
  const live = new LiveList(loader, { cluster: 'c', type: 'pods', namespaces, labels: '', ...followed });
  stops.push(() => live.stop());
  await loader.load();
  await settle();
  return { loader, stop: () => live.stop() };
}
const namesOf = (loader: ListLoader) => loader.rows.value.map(({ name }) => name);

describe('a list', () => {
  it('goes on from the reading, and after a break from the last event', async () => {
    const { loader } = await listed([page(['a'], '10')], { labels: 'a=b' });
    expect(Object.fromEntries(last().query)).toEqual({
      kinds: 'pods',
      since: 'pods:10',
      labelSelector: 'a=b',
    });
    expect(loader.live.value).toBe('off');
    last().say(state('live', 'pods:10'), change('ADDED', 'b', '11'));
    await settle();
    expect(loader.live.value).toBe('live');
    expect(namesOf(loader)).toEqual(['a', 'b']);
    last().say(event('change', 'pods:20', { kind: 'pods', type: 'BOOKMARK', object: { kind: 'Table' } }));
    await settle();
    last().end();
    await settle(0);
    expect(loader.live.value).toBe('again');
    await settle(2000);
    expect(last().query.get('since')).toBe('pods:20');
    last().say(state('live', 'pods:20'));
    await settle();
    expect(loader.live.value).toBe('live');
  });

  it('keeps its rows while all are told again, and then has those', async () => {
    const { loader } = await listed([page(['a', 'b'], '10')]);
    last().say(state('listing'), reset(), change('ADDED', 'z', '50', 'pods', ''));
    await settle();
    expect(namesOf(loader)).toEqual(['a', 'b']);
    expect(loader.live.value).toBe('again');
    last().say(state('live', 'pods:60'), change('DELETED', 'z', '61'), change('ADDED', 'y', '62'));
    await settle();
    expect(namesOf(loader)).toEqual(['y']);
    expect(loader.live.value).toBe('live');
  });

  it('forgets half of what was told again when the stream breaks', async () => {
    const { loader } = await listed([page(['a'], '10')]);
    last().say(reset(), change('ADDED', 'z', '50', 'pods', ''));
    await settle();
    last().end();
    await settle(2000);
    expect(last().query.get('since')).toBe('pods:10');
    last().say(state('live', 'pods:10'), change('ADDED', 'b', '11'));
    await settle();
    expect(namesOf(loader)).toEqual(['a', 'b']);
  });

  it('follows each of its namespaces from where that was read', async () => {
    const { loader } = await listed([page(['a'], '10', 'x'), page(['b'], '12', 'y')], {
      namespaces: ['x', 'y'],
    });
    expect(last().query.get('kinds')).toBe('pods@x,pods@y');
    expect(last().query.get('since')).toBe('pods@x:10,pods@y:12');
    last().say(state('live', '', 'pods@x'));
    await settle();
    expect(loader.live.value).toBe('off');
    last().say(state('refused', '', 'pods@y'), change('ADDED', 'c', '13', 'pods@x'));
    await settle();
    expect(loader.live.value).toBe('refused');
    expect(namesOf(loader)).toEqual(['a', 'c', 'b']);
  });

  it('does not lose what comes while it is read again, nor brings back what the reading knows is gone', async () => {
    let finish!: (read: TablePage) => void;
    const { loader } = await listed([page(['a'], '10')]);
    last().say(state('live', 'pods:10'));
    Object.assign(loader, { fetchPage: () => new Promise((resolve) => (finish = resolve)) });
    const reading = loader.load();
    last().say(change('ADDED', 'old', '11'), change('ADDED', 'new', '31'));
    await settle();
    finish(page(['a'], '30'));
    await reading;
    await settle();
    expect(namesOf(loader)).toEqual(['a', 'new']);
  });

  it('has only the rows that it keeps', async () => {
    const { loader } = await listed([page(['a'], '10')], { keep: ({ name }) => name < 'm' });
    last().say(change('ADDED', 'z', '11'), change('ADDED', 'b', '12'));
    await settle();
    expect(namesOf(loader)).toEqual(['a', 'b']);
  });

  it('is refused where it is forbidden, and not where it is only too much', async () => {
    status = 403;
    const { loader: one, stop } = await listed([page(['a'], '10')]);
    expect(one.live.value).toBe('refused');
    stop();
    await settle();
    status = 429;
    const { loader } = await listed([page(['a'], '10')]);
    expect(loader.live.value).toBe('again');
    status = 200;
    await settle(2000);
    last().say(state('live', 'pods:10'));
    await settle();
    expect(loader.live.value).toBe('live');
  });

  it('takes silence for a broken connection, and comments for signs of life', async () => {
    const { loader } = await listed([page(['a'], '10')]);
    last().say(state('live', 'pods:10'));
    await settle(40_000);
    last().say(': still here\n\n');
    const heard = Date.now();
    await settle(40_000);
    expect(loader.live.value).toBe('live');
    await settle(5500);
    expect(loader.live.value).toBe('again');
    expect(loader.asOf.value).toBe(heard);
  });

  it('says nothing more once it is stopped, and ends the stream', async () => {
    const { loader, stop } = await listed([page(['a'], '10')]);
    last().say(change('ADDED', 'late', '11'));
    await settle(0);
    stop();
    await settle();
    expect(namesOf(loader)).toEqual(['a']);
    expect(loader.live.value).toBe('off');
    expect(last().aborted).toBe(true);
    await settle(5000);
    expect(played).toHaveLength(1);
  });
});

describe('several at once', () => {
  it('share one stream, which goes on where each was when others come and go', async () => {
    const { loader: pods } = await listed([page(['a'], '10')]);
    last().say(state('live', 'pods:10'), change('ADDED', 'b', '15'));
    await settle();
    const { loader: maps, stop } = await listed([page(['m'], '20')], { type: 'configmaps' });
    expect(played.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(last().query.get('kinds')).toBe('configmaps,pods');
    expect(last().query.get('since')).toBe('configmaps:20,pods:15');
    last().say(change('ADDED', 'c', '21'), change('ADDED', 'n', '22', 'configmaps'));
    await settle();
    expect([namesOf(pods), namesOf(maps)]).toEqual([
      ['a', 'b', 'c'],
      ['m', 'n'],
    ]);
    stop();
    await settle();
    expect(played).toHaveLength(3);
    expect(last().query.get('since')).toBe('pods:21');
    expect(pods.live.value).toBe('live');
  });

  it('of the same kind need no other stream, unless one has read less', async () => {
    await listed([page(['a'], '10')]);
    last().say(state('live', 'pods:10'), change('ADDED', 'b', '15'));
    await settle();
    const { loader } = await listed([page(['a', 'b'], '20')]);
    expect(played).toHaveLength(1);
    expect(loader.live.value).toBe('live');
    await listed([page(['a'], '12')]);
    expect(last().query.get('since')).toBe('pods:12');
  });
});

describe('what is no list', () => {
  it('is read again when something changes, not with each change', async () => {
    let reads = 0;
    const read = async () => {
      reads++;
    };
    const changes = new Changes('c', ['nodes', 'pods'], read);
    changes.start();
    stops.push(() => changes.stop());
    await settle();
    expect(last().query.get('since')).toBe('nodes:now,pods:now');
    last().say(reset('', 'pods'), state('live', 'pods:5'), state('refused', '', 'nodes'));
    await settle(1500);
    expect(reads).toBe(1);
    expect(changes.live.value).toBe('live');
    expect(changes.refused.value).toEqual(['nodes']);
    for (let n = 0; n < 20; n++) {
      last().say(change('MODIFIED', 'a', String(10 + n)));
      await settle(100);
    }
    expect(reads).toBe(1);
    await settle(5000);
    expect(reads).toBe(2);
    last().end();
    await settle(0);
    expect(changes.live.value).toBe('again');
    await settle(2000);
    // What happened between is not known, so nothing is asked for but what comes.
    expect(last().query.get('since')).toBe('nodes:now,pods:now');
  });
});
