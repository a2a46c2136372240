// The one table: windowed, sortable, worked by keyboard, the same for clusters, objects and events.
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../../lib/keys';
import { narrow } from '../../lib/media';
import { density } from '../../lib/prefs';
import { t } from '../../texts';
import { Skeleton } from '../waiting';
import { nextSort, type Sort } from './sort';
import { scrollFor, shiftOf, type Visible, visible } from './window';

export interface Column<R> {
  id: string;
  title: string;
  /** Explains the column on hover. */
  tip?: string;
  /** Width in characters. */
  chars: number;
  /** How far it may shrink before the table scrolls sideways. */
  least?: number;
  /** Width under 720 px, where it differs. */
  narrowChars?: number;
  align?: 'end';
  face?: 'mono' | 'sans';
  /** Kept under 720 px. */
  keep?: boolean;
  /** Takes what is left there; the first column unless another is named. */
  flexible?: boolean;
  fixed?: boolean;
  cell(row: R): ComponentChildren;
  /** The whole text, for a cell that may be cut off. */
  whole?(row: R): string;
}

/** Rows that are dealt with together. */
export interface Selection<R> {
  keys: ReadonlySet<string>;
  onChange(keys: ReadonlySet<string>): void;
  label(row: R): string;
}

interface TableProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey(row: R): string;
  rowClass?(row: R): string | undefined;
  /** How many rows there are, also when not all have been read. */
  total?: number;
  chosen?: string;
  select?: Selection<R>;
  onOpen?(row: R): void;
  sort?: Sort;
  onSort?(sort: Sort | undefined): void;
  /** True while what is shown is older than it should be. */
  stale?: boolean;
  changed?(row: R, column: string): boolean;
  /** The main list of the page answers to j, k and Enter from anywhere. */
  main?: boolean;
  skeleton?: boolean;
  /** Changing it scrolls to the top: another kind, another filter. */
  topic?: string;
}

const ROW_HEIGHT = { dense: 24, normal: 32, roomy: 40 } as const;
const CHAR_WIDTH = 7.3;
const CELL_PADDING = 24;
const SELECT_WIDTH = 36;

let tables = 0;

export function Table<R>(props: TableProps<R>) {
  const { rows, rowKey } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [id] = useState(() => `table-${++tables}`);
  const cursor = useSignal(-1);
  const rowHeight = ROW_HEIGHT[density.value];
  useSteady(scroller, props, rowHeight, cursor);
  const columns = narrow.value ? props.columns.filter((column) => column.keep) : props.columns;
  const view = useWindow(scroller, rows.length, rowHeight);

  useLayoutEffect(() => {
    cursor.value = -1;
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [props.topic]);

  function moveTo(index: number): void {
    const at = Math.min(Math.max(0, index), rows.length - 1);
    cursor.value = at;
    const box = scroller.current;
    if (!box || at < 0) return;
    const to = scrollFor(at, rowHeight, box.clientHeight - headHeight(box), box.scrollTop);
    if (to !== undefined) box.scrollTop = to;
  }
  function open(index: number): void {
    const row = rows[index];
    if (row !== undefined) props.onOpen?.(row);
  }
  const { select } = props;
  function toggle(index: number): void {
    const row = rows[index];
    if (row !== undefined) select?.onChange(toggled(select.keys, [rowKey(row)]));
  }
  const page = () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);

  useKeys(
    props.main
      ? [
          { keys: 'j', label: t().keys.down, run: () => moveTo(cursor.value + 1) },
          { keys: 'k', label: t().keys.up, run: () => moveTo(cursor.value - 1) },
          { keys: 'Enter', label: t().keys.open, run: () => open(cursor.value) },
          ...(select ? [{ keys: 'x', label: t().keys.select, run: () => toggle(cursor.value) }] : []),
        ]
      : [],
  );

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget) return;
    const moves: Record<string, () => void> = {
      ArrowDown: () => moveTo(cursor.value + 1),
      ArrowUp: () => moveTo(cursor.value - 1),
      PageDown: () => moveTo(cursor.value + page()),
      PageUp: () => moveTo(cursor.value - page()),
      Home: () => moveTo(0),
      End: () => moveTo(rows.length - 1),
      Enter: () => open(cursor.value),
      ...(select ? { ' ': () => toggle(cursor.value) } : {}),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  }

  const at = Math.min(cursor.value, rows.length - 1);
  const atKey = rows[at] === undefined ? undefined : `${id}-${at}`;
  const margin = select ? SELECT_WIDTH : 0;
  const room = view.width - margin;
  const fit = fitted(columns, room, narrow.value);
  // The column of the marks stays as narrow as they are: what is left over goes to the others.
  const widths = select && !narrow.value ? stretched(fit, room) : fit;
  const width = widths.reduce((sum, each) => sum + each, margin);
  const flexible = Math.max(
    0,
    columns.findIndex((column) => column.flexible),
  );
  const slice = rows.slice(view.first, view.last);

  return (
    <div class={props.stale ? 'table-box stale' : 'table-box'} ref={scroller} data-table={id}>
      <table
        class="table"
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows are walked and opened by keyboard
        role="grid"
        aria-label={props.label}
        aria-rowcount={(props.total ?? rows.length) + 1}
        aria-colcount={columns.length + (select ? 1 : 0)}
        aria-multiselectable={select ? true : undefined}
        aria-busy={props.skeleton}
        aria-activedescendant={at >= view.first && at < view.last ? atKey : undefined}
        tabIndex={0}
        style={narrow.value ? undefined : { minWidth: `${width}px` }}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          if (event.target === event.currentTarget && cursor.value < 0 && rows.length > 0)
            cursor.value = view.first;
        }}
      >
        <colgroup>
          {select && <col style={{ width: `${SELECT_WIDTH}px` }} />}
          {columns.map((column, index) => (
            <col
              key={column.id}
              style={narrow.value && index === flexible ? undefined : { width: `${widths[index]}px` }}
            />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {select && <SelectAll select={select} keys={rows.map(rowKey)} />}
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {view.padTop > 0 && <Spacer height={view.padTop} />}
          {slice.map((row, offset) => {
            const index = view.first + offset;
            const key = rowKey(row);
            const classes = ['row', props.rowClass?.(row)];
            if (index === at) classes.push('row-at');
            if (key === props.chosen) classes.push('row-chosen');
            return (
              <tr
                key={key}
                id={`${id}-${index}`}
                class={classes.filter(Boolean).join(' ')}
                aria-rowindex={index + 2}
                aria-selected={
                  select ? select.keys.has(key) : props.onOpen ? key === props.chosen : undefined
                }
                onClick={(event) => {
                  if (
                    event.defaultPrevented ||
                    (event.target as Element).closest('a, button, input, .popover')
                  )
                    return;
                  if (getSelection()?.toString()) return; // selecting text is not opening
                  cursor.value = index;
                  open(index);
                }}
              >
                {select && (
                  <td class="select">
                    <input
                      type="checkbox"
                      aria-label={select.label(row)}
                      checked={select.keys.has(key)}
                      onChange={() => select.onChange(toggled(select.keys, [key]))}
                    />
                  </td>
                )}
                {columns.map((column, place) => (
                  <Cell
                    key={column.id}
                    column={column}
                    row={row}
                    head={place === 0}
                    changed={props.changed}
                  />
                ))}
              </tr>
            );
          })}
          {view.padBottom > 0 && <Spacer height={view.padBottom} />}
        </tbody>
      </table>
      {props.skeleton && <Skeleton rows={8} />}
    </div>
  );
}

/** All of them when not all were in it, else none of them. */
function toggled(keys: ReadonlySet<string>, those: readonly string[]): ReadonlySet<string> {
  const out = new Set(keys);
  const all = those.every((key) => keys.has(key));
  for (const key of those) all ? out.delete(key) : out.add(key);
  return out;
}

function SelectAll<R>({ select, keys }: { select: Selection<R>; keys: readonly string[] }) {
  const chosen = keys.reduce((sum, key) => sum + (select.keys.has(key) ? 1 : 0), 0);
  return (
    <th scope="col" class="select">
      <input
        type="checkbox"
        aria-label={t().selectAll}
        checked={chosen > 0 && chosen === keys.length}
        indeterminate={chosen > 0 && chosen < keys.length}
        onChange={() => select.onChange(toggled(select.keys, keys))}
      />
    </th>
  );
}

/** Widths in pixels. Where there is too little room, columns that can shrink share the loss by how much they can. */
function fitted<R>(columns: readonly Column<R>[], room: number, isNarrow: boolean): number[] {
  const pixels = (chars: number) => Math.round(chars * CHAR_WIDTH + CELL_PADDING);
  const wanted = columns.map((column) => pixels((isNarrow ? column.narrowChars : undefined) ?? column.chars));
  const spare = columns.map((column, index) => (wanted[index] ?? 0) - pixels(column.least ?? column.chars));
  const lacking = wanted.reduce((sum, each) => sum + each, 0) - room;
  const slack = spare.reduce((sum, each) => sum + Math.max(0, each), 0);
  if (isNarrow || lacking <= 0 || slack <= 0) return wanted;
  const share = Math.min(1, lacking / slack);
  return wanted.map((each, index) => Math.floor(each - Math.max(0, spare[index] ?? 0) * share));
}

function stretched(widths: readonly number[], room: number): number[] {
  const sum = widths.reduce((all, each) => all + each, 0);
  return widths.map((each) => Math.floor(each * Math.max(1, room / sum)));
}

function headHeight(box: HTMLElement): number {
  return box.querySelector('thead')?.getBoundingClientRect().height ?? 0;
}

function Spacer({ height }: { height: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can be focused
    <tr aria-hidden="true" class="spacer" style={{ height: `${height}px` }}>
      <td />
    </tr>
  );
}

interface HeadProps<R> {
  column: Column<R>;
  sort: Sort | undefined;
  onSort: ((sort: Sort | undefined) => void) | undefined;
}

function Head<R>({ column, sort, onSort }: HeadProps<R>) {
  const sorted = sort?.id === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined;
  return (
    <th
      scope="col"
      aria-sort={onSort && !column.fixed ? (sorted ?? 'none') : undefined}
      class={[column.align, column.fixed && 'pinned'].filter(Boolean).join(' ') || undefined}
      title={column.tip}
    >
      {onSort && !column.fixed ? (
        <button type="button" class="head" onClick={() => onSort(nextSort(sort, column.id))}>
          {column.title}
          <span class={sorted ? `arrow arrow-${sorted}` : 'arrow'} aria-hidden="true" />
        </button>
      ) : (
        <span class={column.fixed ? 'offscreen' : 'head'}>{column.title}</span>
      )}
    </th>
  );
}

interface CellProps<R> {
  column: Column<R>;
  row: R;
  head: boolean;
  changed: ((row: R, column: string) => boolean) | undefined;
}

function Cell<R>({ column, row, head, changed }: CellProps<R>) {
  const classes = [
    column.face ?? 'mono',
    column.align,
    column.fixed && 'pinned',
    changed?.(row, column.id) && 'changed',
  ];
  const props = { class: classes.filter(Boolean).join(' '), title: column.whole?.(row) };
  return head ? (
    <th scope="row" {...props}>
      {column.cell(row)}
    </th>
  ) : (
    <td {...props}>{column.cell(row)}</td>
  );
}

/** Rows that come and go above leave those in sight, and the one under the cursor, where they are. */
function useSteady<R>(
  scroller: { current: HTMLDivElement | null },
  { rows, rowKey, topic }: TableProps<R>,
  rowHeight: number,
  cursor: Signal<number>,
): void {
  const before = useRef({ rows, topic });
  // Where it is before the rows are drawn: a table that has become shorter may have been scrolled by that alone.
  const top = scroller.current?.scrollTop ?? 0;
  useLayoutEffect(() => {
    const { rows: old, topic: oldTopic } = before.current;
    before.current = { rows, topic };
    const box = scroller.current;
    if (old === rows || oldTopic !== topic || !box) return;
    const at = old[cursor.peek()];
    if (at !== undefined) {
      const index = rows.findIndex((row) => rowKey(row) === rowKey(at));
      if (index >= 0) cursor.value = index;
    }
    if (top < rowHeight) return; // who looks at the beginning wants to see what is new there
    const first = Math.floor(top / rowHeight);
    const seen = old.slice(first, first + Math.ceil(box.clientHeight / rowHeight));
    const shift = shiftOf(seen.map(rowKey), rows.map(rowKey), first);
    box.scrollTop = top + shift * rowHeight;
  }, [rows]);
}

/** Follows scrolling and resizing; draws anew only when other rows come into sight. */
function useWindow(
  scroller: { current: HTMLDivElement | null },
  total: number,
  rowHeight: number,
): Visible & { width: number } {
  const [place, setPlace] = useState({ height: 800, width: 1000, top: 0 });
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const look = () => {
      // Rounding to whole rows keeps most scroll events from drawing anything.
      const top = Math.floor(box.scrollTop / rowHeight) * rowHeight;
      const { clientHeight: height, clientWidth: width } = box;
      setPlace((old) =>
        old.top === top && old.height === height && old.width === width ? old : { top, height, width },
      );
    };
    look();
    box.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(box);
    return () => {
      box.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [rowHeight]);
  return { ...visible(total, rowHeight, place.height, place.top), width: place.width };
}
