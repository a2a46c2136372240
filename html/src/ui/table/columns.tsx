// Columns that many tables have: what leads to the row, a text, and how long ago.
import { exact } from '../../lib/age';
import { longest } from '../../lib/format';
import { locale } from '../../texts';
import { Age } from '../age';
import type { Column } from './table';

interface TextColumn<R> {
  id: string;
  title: string;
  rows: readonly R[];
  of(row: R): string;
  /** In characters: what it takes at least, and at the most. */
  least: number;
  most: number;
  face?: 'sans';
}

export function textColumn<R>({ id, title, rows, of, least, most, face }: TextColumn<R>): Column<R> {
  return { id, title, chars: longest(rows.map(of), least, most), least, face, cell: of, whole: of };
}

/** The first column: a link that opens the row. */
export function linkColumn<R>(column: TextColumn<R> & { href(row: R): string }): Column<R> {
  return {
    ...textColumn(column),
    keep: true,
    flexible: true,
    cell: (row) => (
      <a class="row-link" href={column.href(row)} tabIndex={-1}>
        {column.of(row)}
      </a>
    ),
  };
}

export function ageColumn<R>(id: string, title: string, timeOf: (row: R) => string | undefined): Column<R> {
  return {
    id,
    title,
    chars: 8,
    narrowChars: 6,
    align: 'end',
    keep: true,
    cell: (row) => <Age time={timeOf(row)} />,
    whole: (row) => exact(timeOf(row), locale()),
  };
}
