// One part of the cluster as rows, what is wrong first.
import { useMemo } from 'preact/hooks';
import { SEVERITY } from '../../kinds/health';
import { exact } from '../../lib/age';
import { patch, to, type ViewOf } from '../../router';
import { locale, t } from '../../texts';
import { eks } from '../../texts/eks';
import { Age } from '../../ui/age';
import { Empty } from '../../ui/empty';
import { Status } from '../../ui/mark';
import { matches, parseFilter } from '../../ui/table/filter';
import { formatSort, parseSort, type SortKey, sorted } from '../../ui/table/sort';
import { type Column, Table } from '../../ui/table/table';
import { PartNotes, PartNothing } from './notes';
import { type ColumnId, type Item, issueText, type Part } from './parts';
import type { PartSource } from './source';

interface PartTableProps {
  view: ViewOf<'eks'>;
  source: PartSource;
  where: string;
}

export function PartTable({ view, source, where }: PartTableProps) {
  const { part } = source;
  const all = source.items.value ?? [];
  const { words } = useMemo(() => parseFilter(view.filter), [view.filter]);
  const items = useMemo(
    () => (words.length === 0 ? all : all.filter((item) => matches(haystack(part, item), words))),
    [all, words],
  );
  const sort = parseSort(view.sort);
  const rows = useMemo(() => {
    const key = sort && sortKey(part, sort.id as ColumnId);
    return key ? sorted(items, key, sort.descending) : items;
  }, [items, view.sort]);
  const columns = useMemo(() => columnsOf(part, all, view), [all, view, t()]);
  return (
    <>
      <PartNotes source={source} where={where} />
      {rows.length === 0 && all.length > 0 ? (
        <Empty title={t().noneMatch(eks().parts[part.id])} why={t().noneMatchWhy(String(all.length))}>
          <button type="button" class="button button-main" onClick={() => patch('eks', { filter: '' })}>
            {t().showAll}
          </button>
        </Empty>
      ) : rows.length === 0 ? (
        <PartNothing source={source} where={where} />
      ) : (
        <Table
          label={t().tableLabel(eks().parts[part.id], where)}
          main
          columns={columns}
          rows={rows}
          rowKey={(item) => item.name}
          chosen={view.open}
          onOpen={(item) => patch('eks', { open: item.name }, 'push')}
          sort={sort}
          onSort={(next) => patch('eks', { sort: formatSort(next) })}
          stale={source.query.error.value !== undefined}
          topic={`${part.id} ${view.filter} ${view.sort}`}
        />
      )}
    </>
  );
}

const LIMITS: Partial<Record<ColumnId, number>> = { name: 56, problem: 80, changes: 60, policies: 44 };

/** Characters for the longest text, between the title and what is bearable. */
function widthOf(id: ColumnId, title: string, texts: readonly string[]): number {
  const longest = texts.reduce((most, text) => Math.max(most, text.length), 0);
  return Math.max(title.length + 2, Math.min(longest, LIMITS[id] ?? 36), 5);
}

function columnsOf(part: Part, items: readonly Item[], view: ViewOf<'eks'>): Column<Item>[] {
  const titles = eks().columns;
  const beside = view.open !== '';
  const name: Column<Item> = {
    id: 'name',
    title: titles.name,
    chars: Math.max(
      16,
      widthOf(
        'name',
        titles.name,
        items.map((item) => item.name),
      ),
    ),
    least: 16,
    keep: true,
    flexible: true,
    cell: (item) => (
      <a class="row-link" href={to('eks', { ...view, open: item.name })} tabIndex={-1}>
        {item.name}
      </a>
    ),
    whole: (item) => item.name,
  };
  const status: Column<Item> = {
    id: 'status',
    title: titles.status,
    // The mark before it takes room, and faults are written bold and in capitals.
    chars:
      widthOf(
        'status',
        titles.status,
        items.map((item) => item.status?.word ?? ''),
      ) + 8,
    face: 'sans',
    keep: true,
    cell: (item) => item.status && <Status {...item.status} />,
    whole: (item) => item.status?.word ?? '',
  };
  const problem: Column<Item> = {
    id: 'problem',
    title: titles.problem,
    chars: widthOf('problem', titles.problem, items.map(problemOf)),
    least: 16,
    face: 'sans',
    cell: problemOf,
    whole: problemOf,
  };
  const age: Column<Item> = {
    id: 'age',
    title: titles.age,
    chars: 7,
    narrowChars: 6,
    align: 'end',
    keep: true,
    cell: (item) => <Age time={iso(item.time)} />,
    whole: (item) => exact(iso(item.time), locale()),
  };
  const own = part.columns.map((column): Column<Item> => {
    const text = (item: Item) => column.text(item.object);
    const title = titles[column.id];
    const chars = widthOf(column.id, title, items.map(text));
    return {
      id: column.id,
      title,
      chars,
      least: Math.min(chars, Math.max(title.length + 2, 14)),
      align: column.numeric ? 'end' : undefined,
      cell: text,
      whole: text,
    };
  });
  return [
    name,
    ...(part.status ? [status] : []),
    ...(items.some((item) => item.issues.length > 0) && !beside ? [problem] : []),
    ...(beside ? [] : own),
    ...(part.time && items.some((item) => item.time !== undefined) ? [age] : []),
  ];
}

/** Everything of a row that can be seen, in lower case. */
function haystack(part: Part, item: Item): string {
  const cells = part.columns.map((column) => column.text(item.object));
  return [item.name, item.status?.word ?? '', problemOf(item), ...cells].join('\n').toLowerCase();
}

function problemOf(item: Item): string {
  return item.issues[0] ? issueText(item.issues[0]) : '';
}

export function iso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function sortKey(part: Part, id: ColumnId): ((item: Item) => SortKey) | undefined {
  if (id === 'name') return (item) => item.name;
  if (id === 'problem') return problemOf;
  if (id === 'age') return (item) => -(item.time ?? 0);
  if (id === 'status') {
    return ({ status }) => (status ? `${SEVERITY[status.mark]} ${status.word}` : '');
  }
  const column = part.columns.find((other) => other.id === id);
  return column && ((item) => column.text(item.object).toLowerCase());
}
