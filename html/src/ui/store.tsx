// The page of what the gateway keeps, and not a cluster: filtered, opened in a drawer, added to.
import type { ComponentChildren } from 'preact';
import type { Query } from '../api/query';
import { useQuery } from '../lib/refresh';
import { patch, type ViewOf } from '../router';
import { Icon } from './icons';
import { ListHead, QueryList, useListKeys } from './list';
import { matches, parseFilter } from './table/filter';
import { type Column, Table } from './table/table';

interface StoreProps<R> {
  view: ViewOf<'templates' | 'webhooks'>;
  query: Query<{ items: R[] }>;
  title: string;
  placeholder: string;
  /** What makes one more. */
  add: string;
  texts: { failed: string; old(time: string): string; waiting: string; none: string; noneWhy: string };
  needs?: string;
  idOf(item: R): string;
  /** What the filter looks at. */
  said(item: R): string;
  columns(rows: readonly R[]): Column<R>[];
  drawer(items: readonly R[] | undefined, close: () => void): ComponentChildren;
}

export function StorePage<R>(props: StoreProps<R>) {
  const { view, query, title, idOf } = props;
  useQuery(query);
  const { filter, close } = useListKeys(view.view, view.open);
  const all = query.data.value?.items;
  const { words } = parseFilter(view.filter);
  const rows = (all ?? []).filter((item) => matches(props.said(item).toLowerCase(), words));
  const add = (
    <a class="button button-main" href={`/${view.view}/new`}>
      <Icon name="plus" />
      {props.add}
    </a>
  );
  return (
    <div class={view.open === '' ? 'view' : 'view view-drawn'}>
      <div class="view-list">
        <ListHead
          title={title}
          all={all?.length}
          shown={rows.length}
          filter={view.filter}
          input={filter}
          placeholder={props.placeholder}
          onFilter={(text) => patch(view.view, { filter: text })}
          add={add}
        />
        <QueryList
          query={query}
          title={title}
          all={all?.length}
          shown={rows.length}
          {...props.texts}
          needs={props.needs}
          first={add}
          onShowAll={() => patch(view.view, { filter: '' })}
        >
          <Table
            label={title}
            main
            columns={props.columns(rows)}
            rows={rows}
            rowKey={idOf}
            chosen={view.open}
            onOpen={(item) => patch(view.view, { open: idOf(item), version: '', tab: '' }, 'push')}
            stale={query.error.value !== undefined}
            topic={view.filter}
          />
        </QueryList>
      </div>
      {view.open !== '' && props.drawer(all, close)}
    </div>
  );
}
