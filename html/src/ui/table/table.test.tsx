import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Column, Table } from './table';

const columns: Column<string>[] = [
  { id: 'name', title: 'Name', chars: 10, keep: true, cell: (row) => row },
  { id: 'size', title: 'Size', chars: 5, align: 'end', cell: (row) => row.length },
];

const root = document.createElement('div');
document.body.append(root);

function show(rows: string[], more: Partial<Parameters<typeof Table<string>>[0]> = {}): HTMLTableElement {
  act(() =>
    render(<Table label="Things" columns={columns} rows={rows} rowKey={(row) => row} {...more} />, root),
  );
  return root.querySelector('table') as HTMLTableElement;
}

afterEach(() => act(() => render(null, root)));

describe('Table', () => {
  it('draws a window of a long list and says how long it is', () => {
    const table = show(Array.from({ length: 10_000 }, (_, i) => `row-${i}`));
    expect(table.getAttribute('aria-rowcount')).toBe('10001');
    const drawn = table.querySelectorAll('tr.row');
    expect(drawn.length).toBeGreaterThanOrEqual(10);
    expect(drawn.length).toBeLessThan(100);
    expect(drawn[0]?.getAttribute('aria-rowindex')).toBe('2');
  });

  it('says the count of all while only some have been read', () => {
    expect(show(['a'], { total: 500 }).getAttribute('aria-rowcount')).toBe('501');
  });

  it('is walked and opened by keyboard', () => {
    const onOpen = vi.fn();
    const table = show(['a', 'b', 'c'], { onOpen });
    act(() => table.focus());
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter']) {
      act(() => {
        table.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
      });
    }
    expect(onOpen).toHaveBeenCalledWith('b');
    const at = table.querySelector('.row-at');
    expect(at?.textContent).toContain('b');
    expect(table.getAttribute('aria-activedescendant')).toBe(at?.id);
  });

  it('opens the row that is clicked', () => {
    const onOpen = vi.fn();
    const table = show(['a', 'b'], { onOpen });
    act(() => (table.querySelectorAll('tr.row')[1] as HTMLElement).click());
    expect(onOpen).toHaveBeenCalledWith('b');
  });

  it('names the order of a column', () => {
    const onSort = vi.fn();
    const table = show(['a'], { sort: { id: 'size', descending: true }, onSort });
    const heads = table.querySelectorAll('thead th');
    expect(heads[0]?.getAttribute('aria-sort')).toBe('none');
    expect(heads[1]?.getAttribute('aria-sort')).toBe('descending');
    act(() => heads[0]?.querySelector('button')?.click());
    expect(onSort).toHaveBeenCalledWith({ id: 'name', descending: false });
  });

  it('lets rows be chosen one by one, by keyboard and all at once, without opening them', () => {
    const onOpen = vi.fn();
    let keys: ReadonlySet<string> = new Set();
    const draw = () =>
      show(['a', 'b'], {
        onOpen,
        select: {
          keys,
          label: (row) => `Choose ${row}`,
          onChange: (next) => {
            keys = next;
          },
        },
      });
    const box = (name: string) => draw().querySelector<HTMLInputElement>(`input[aria-label="${name}"]`);
    act(() => box('Choose b')?.click());
    expect([...keys]).toEqual(['b']);
    expect(draw().querySelectorAll('tr.row')[1]?.getAttribute('aria-selected')).toBe('true');
    expect(box('Choose all rows')?.indeterminate).toBe(true);
    act(() => box('Choose all rows')?.click());
    expect([...keys].sort()).toEqual(['a', 'b']);
    const table = draw();
    act(() => table.focus());
    act(() => {
      table.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true, cancelable: true }));
    });
    expect([...keys]).toEqual(['b']);
    draw();
    act(() => box('Choose all rows')?.click());
    act(() => box('Choose all rows')?.click());
    expect([...keys]).toEqual([]);
    expect(onOpen).not.toHaveBeenCalled();
  });

  it('shows hostile names as text', () => {
    const table = show(['<img src=x onerror=alert(1)>']);
    expect(table.querySelector('img')).toBeNull();
    expect(table.textContent).toContain('<img src=x');
  });
});
