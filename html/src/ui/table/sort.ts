// Sorting by prepared keys: numbers before text, text in natural order, and never unstable.

export type SortKey = string | number;

export interface Sort {
  id: string;
  descending: boolean;
}

export function parseSort(text: string): Sort | undefined {
  if (text === '' || text === '-') return undefined;
  return text.startsWith('-') ? { id: text.slice(1), descending: true } : { id: text, descending: false };
}

export function formatSort(sort: Sort | undefined): string {
  return sort ? (sort.descending ? `-${sort.id}` : sort.id) : '';
}

/** Ascending, then descending, then the server's order again. */
export function nextSort(current: Sort | undefined, id: string): Sort | undefined {
  if (current?.id !== id) return { id, descending: false };
  return current.descending ? undefined : { id, descending: true };
}

const natural = new Intl.Collator('en', { numeric: true });

export function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  if (typeof b === 'number') return 1;
  return a === b ? 0 : natural.compare(a, b);
}

export function sorted<R>(rows: readonly R[], key: (row: R) => SortKey, descending: boolean): R[] {
  const keyed = rows.map((row) => ({ row, key: key(row) }));
  const sign = descending ? -1 : 1;
  keyed.sort((a, b) => sign * compareKeys(a.key, b.key));
  return keyed.map(({ row }) => row);
}
