// What every list that one query reads says of itself: that it failed, is coming, is empty, or hides what it has.
import type { ComponentChildren, RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import type { Query } from '../api/query';
import { clock } from '../lib/age';
import { count } from '../lib/format';
import { useKeys } from '../lib/keys';
import { patch, type View } from '../router';
import { t } from '../texts';
import { Empty } from './empty';
import { ErrorBox } from './error';
import { FilterBox } from './filter';
import { Waiting } from './waiting';

interface ListHeadProps {
  title: string;
  /** How many there are, and how many of them are shown, once they have been read. */
  all: number | undefined;
  shown: number;
  filter: string;
  input: RefObject<HTMLInputElement | null>;
  placeholder: string;
  onFilter(text: string): void;
  /** What makes one more. */
  add: ComponentChildren;
}

export function ListHead(props: ListHeadProps) {
  const { title, all, shown, filter, input, placeholder, onFilter, add } = props;
  return (
    <div class="view-head">
      <h1>{title}</h1>
      {all !== undefined && <span class="count">{count(shown)}</span>}
      <span class="view-space" />
      {all !== undefined && all > 0 && (
        <FilterBox value={filter} input={input} placeholder={placeholder} onInput={onFilter} />
      )}
      {add}
    </div>
  );
}

interface QueryListProps {
  query: Query<unknown>;
  /** What the rows are, all together. */
  title: string;
  /** How many have been read, once they have; and how many of them are shown. */
  all: number | undefined;
  shown: number;
  failed: string;
  /** It failed, and what is shown has been read before, at that time. */
  old(time: string): string;
  waiting: string;
  none: string;
  noneWhy: string;
  /** The next step where there is nothing yet. */
  first?: ComponentChildren;
  /** Which rights it needs. */
  needs?: string;
  onShowAll(): void;
  /** The table, which is shown when it has rows. */
  children: ComponentChildren;
}

export function QueryList(props: QueryListProps) {
  const { query, all, shown } = props;
  const error = query.error.value;
  const asOf = query.asOf.value;
  return (
    <>
      {error && (
        <ErrorBox
          slim={all !== undefined}
          failed={asOf === undefined ? props.failed : props.old(clock(asOf))}
          error={error}
          needs={props.needs}
          actions={<Again query={query} />}
        />
      )}
      {all === undefined && !error && <Waiting what={props.waiting} onCancel={() => query.cancel()} />}
      {all === 0 && (
        <Empty title={props.none} why={props.noneWhy}>
          {props.first}
        </Empty>
      )}
      {all !== undefined && all > 0 && shown === 0 && (
        <Empty title={t().noneMatch(props.title)} why={t().noneMatchWhy(count(all))}>
          <button type="button" class="button button-main" onClick={props.onShowAll}>
            {t().showAll}
          </button>
        </Empty>
      )}
      {shown > 0 && props.children}
    </>
  );
}

export function Again({ query }: { query: Query<unknown> }) {
  return (
    <button type="button" class="button" disabled={query.loading.value} onClick={() => query.load()}>
      {t().tryAgain}
    </button>
  );
}

interface ListKeys {
  filter: RefObject<HTMLInputElement | null>;
  /** Closes the drawer and goes back to the rows. */
  close(): void;
}

/** The keys of a page that is a list with a filter over it and a drawer beside it. */
export function useListKeys(view: Extract<View, 'templates' | 'webhooks' | 'runs'>, open: string): ListKeys {
  const filter = useRef<HTMLInputElement>(null);
  const close = () => {
    patch(view, { open: '' }, 'push');
    document.querySelector<HTMLElement>('.main .table')?.focus();
  };
  useKeys([
    { keys: '/', label: t().keys.filter, run: () => filter.current?.select() },
    ...(open === '' ? [] : [{ keys: 'Escape', label: t().keys.close, run: close }]),
  ]);
  return { filter, close };
}
