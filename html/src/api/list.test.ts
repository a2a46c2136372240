import { describe, expect, it } from 'vitest';
import { ApiError } from './error';
import { changedCells, type FetchPage, ListLoader } from './list';
import type { TableColumn, TableRow } from './types';

const columns: TableColumn[] = ['Name', 'Status', 'Age'].map((name) => ({
  name,
  type: 'string',
  format: name === 'Name' ? 'name' : '',
  priority: 0,
  description: '',
}));

function row(name: string, status = 'Running', age = '1d'): TableRow {
  return { name, namespace: 'a', uid: name, cells: [name, status, age] };
}

/** Serves rows in pages of two. */
function paged(all: () => TableRow[]): FetchPage {
  return async (_source, token) => {
    const from = Number(token || 0);
    const rows = all().slice(from, from + 2);
    const left = all().length - from - rows.length;
    return { columns, rows, continue: left > 0 ? String(from + 2) : '', remaining: left };
  };
}

describe('ListLoader', () => {
  it('shows pages as they come, with the count of all', async () => {
    const seen: [number, number | undefined][] = [];
    const loader = new ListLoader(
      [undefined],
      paged(() => ['a', 'b', 'c', 'd', 'e'].map((name) => row(name))),
    );
    loader.rows.subscribe((rows) => seen.push([rows.length, loader.total.peek()]));
    await loader.load();
    expect(seen.map(([rows]) => rows)).toEqual([0, 2, 4, 5, 5]);
    expect(loader.total.value).toBe(5);
    expect(loader.asOf.value).toBeDefined();
    expect(loader.loading.value).toBe('none');
  });

  it('swaps a refresh in at once and marks what changed', async () => {
    let rows = ['a', 'b', 'c'].map((name) => row(name));
    const loader = new ListLoader(
      [undefined],
      paged(() => rows),
    );
    await loader.load();
    rows = [row('a'), row('b', 'Failed', '2d'), row('c', 'Running', '2d')];
    const lengths: number[] = [];
    loader.rows.subscribe((now) => lengths.push(now.length));
    await loader.load();
    expect(lengths).toEqual([3, 3]);
    expect([...loader.changed.value]).toEqual([['b', new Set([1])]]);
    loader.dispose();
  });

  it('keeps the rows when a refresh fails, and recovers', async () => {
    let fail = false;
    const loader = new ListLoader([undefined], async () => {
      if (fail) throw new ApiError({ kind: 'answer', status: 504, message: 'slow' });
      return { columns, rows: [row('a')], continue: '' };
    });
    await loader.load();
    const asOf = loader.asOf.value;
    fail = true;
    await loader.load();
    expect(loader.rows.value).toHaveLength(1);
    expect(loader.error.value?.status).toBe(504);
    expect(loader.asOf.value).toBe(asOf);
    fail = false;
    await loader.load();
    expect(loader.error.value).toBeUndefined();
  });

  it('names the namespace that could not be read and keeps the others', async () => {
    const loader = new ListLoader(['a', 'b'], async (source) => {
      if (source === 'b')
        throw new ApiError({ kind: 'answer', status: 403, code: 'Forbidden', message: 'no' });
      return { columns, rows: [row('x')], continue: '' };
    });
    await loader.load();
    expect(loader.rows.value).toHaveLength(1);
    expect(loader.missing.value.map((missing) => missing.source)).toEqual(['b']);
    expect(loader.error.value).toBeUndefined();
  });

  it('fails as a whole when no namespace could be read', async () => {
    const loader = new ListLoader(['a', 'b'], async () => {
      throw new ApiError({ kind: 'answer', status: 403, message: 'no' });
    });
    await loader.load();
    expect(loader.error.value?.status).toBe(403);
    expect(loader.asOf.value).toBeUndefined();
  });

  it('begins again once when the server forgot the place', async () => {
    let expired = 0;
    const pages = paged(() => ['a', 'b', 'c'].map((name) => row(name)));
    const loader = new ListLoader([undefined], async (source, token, signal) => {
      if (token !== '' && expired++ === 0)
        throw new ApiError({ kind: 'answer', status: 410, message: 'Expired' });
      return pages(source, token, signal);
    });
    await loader.load();
    expect(loader.rows.value.map((one) => one.name)).toEqual(['a', 'b', 'c']);
    expect(loader.error.value).toBeUndefined();
  });

  it('stops when told and keeps what has arrived', async () => {
    const loader = new ListLoader([undefined], async (_source, token, signal) => {
      if (token !== '') {
        loader.cancel();
        signal.throwIfAborted();
      }
      return { columns, rows: [row('a')], continue: 'more', remaining: 5 };
    });
    await loader.load();
    expect(loader.cancelled.value).toBe(true);
    expect(loader.rows.value).toHaveLength(1);
    expect(loader.error.value).toBeUndefined();
    expect(loader.loading.value).toBe('none');
  });
});

it('does not call an age a change', () => {
  const before = [row('a', 'Running', '1d')];
  expect(changedCells(before, [row('a', 'Running', '2d')], columns).size).toBe(0);
  expect(changedCells(before, [row('a', 'Failed', '1d')], columns).get('a')).toEqual(new Set([1]));
  expect(changedCells([], [row('a')], columns).size).toBe(0);
});
