// How the columns of a kind are drawn.
import type { TableRow } from '../../api/types';
import type { KindColumn } from '../../kinds/columns';
import { exact } from '../../lib/age';
import { now } from '../../lib/media';
import { locale, t } from '../../texts';
import { Age } from '../../ui/age';
import { Status } from '../../ui/mark';
import type { Column } from '../../ui/table/table';

const LIMITS: Record<KindColumn['role'], { min: number; max: number }> = {
  name: { min: 16, max: 52 },
  namespace: { min: 9, max: 28 },
  status: { min: 12, max: 28 },
  age: { min: 7, max: 7 },
  number: { min: 4, max: 14 },
  text: { min: 6, max: 40 },
};

/** What is left of a row on a small screen; of an event, when, how and why. */
const KEPT = new Set<KindColumn['role']>(['name', 'status', 'age']);

/** Characters a column needs; it only grows while a list is open, so that refreshing does not shake the table. */
export function widthOf(column: KindColumn, rows: readonly TableRow[], before: number): number {
  const { min, max } = LIMITS[column.role];
  let longest = column.role === 'age' ? min : 0;
  if (column.role !== 'age') for (const row of rows) longest = Math.max(longest, column.text(row).length);
  // The mark before a status takes room, and faults are written bold.
  const text = Math.min(longest + (column.role === 'status' ? 5 : 0), max);
  return Math.max(min, column.title.length + 2, text, before);
}

export function drawn(
  column: KindColumn,
  chars: number,
  linkOf: (row: TableRow) => string,
): Column<TableRow> {
  const base = {
    id: column.id,
    title: titleOf(column),
    tip: column.description || undefined,
    chars,
    narrowChars: column.role === 'age' ? 6 : undefined,
    least: Math.min(chars, LIMITS[column.role].min),
    keep: KEPT.has(column.role) || column.id === 'reason' || column.id === 'last-seen',
    flexible: column.role === 'name' || column.id === 'reason',
  };
  switch (column.role) {
    case 'name':
      return {
        ...base,
        cell: (row) => (
          <a class="row-link" href={linkOf(row)} tabIndex={-1}>
            {row.name}
          </a>
        ),
        whole: (row) => row.name,
      };
    case 'age':
      return {
        ...base,
        align: 'end',
        cell: (row) => (row.creation_time ? <Age time={row.creation_time} /> : column.text(row)),
        whole: (row) => exact(row.creation_time, locale()) || column.text(row),
      };
    case 'status':
      return {
        ...base,
        face: 'sans',
        cell: (row) => <Status mark={column.mark?.(row, now.value) ?? 'unknown'} word={column.text(row)} />,
        whole: column.text,
      };
    case 'number':
      return { ...base, align: 'end', cell: column.text, whole: column.text };
    default:
      return {
        ...base,
        face: isProse(column) ? 'sans' : 'mono',
        cell: (row) => quietly(column.text(row)),
        whole: column.text,
      };
  }
}

/** What the API prints for nothing should not shout. */
function quietly(text: string) {
  return /^<.+>$/.test(text) ? <span class="muted">{text}</span> : text;
}

function isProse(column: KindColumn): boolean {
  return /^(message|reason|description)$/i.test(column.title);
}

/** The API's own names stay as they are; only those every kind has are translated. */
function titleOf(column: KindColumn): string {
  switch (column.role) {
    case 'name':
      return t().columns.name;
    case 'namespace':
      return t().columns.namespace;
    case 'age':
      return t().columns.age;
    default:
      return column.title;
  }
}
