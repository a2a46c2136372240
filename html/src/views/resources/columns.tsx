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
  status: { min: 10, max: 24 },
  age: { min: 7, max: 7 },
  number: { min: 4, max: 14 },
  text: { min: 6, max: 40 },
};

/** Characters a column needs; it only grows while a list is open, so that refreshing does not shake the table. */
export function widthOf(column: KindColumn, rows: readonly TableRow[], before: number): number {
  const { min, max } = LIMITS[column.role];
  let longest = Math.max(min, column.title.length + 2, before);
  if (column.role !== 'age') for (const row of rows) longest = Math.max(longest, column.text(row).length);
  const extra = column.role === 'status' ? 2 : 0;
  return Math.min(longest + (longest > before ? extra : 0), Math.max(max, column.title.length + 2));
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
    least: Math.min(chars, LIMITS[column.role].min),
    keep: column.role === 'name' || column.role === 'status' || column.role === 'age',
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
      return { ...base, face: isProse(column) ? 'sans' : 'mono', cell: column.text, whole: column.text };
  }
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
