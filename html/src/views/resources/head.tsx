// Over the list: what it is, how many, and the few ways to see less of it.
import type { RefObject } from 'preact';
import type { ListLoader } from '../../api/list';
import type { KindColumn } from '../../kinds/columns';
import { count } from '../../lib/format';
import { narrow } from '../../lib/media';
import { columnChoices } from '../../lib/prefs';
import { patchList, to, type ViewOf } from '../../router';
import { NamespacePicker } from '../../shell/namespaces';
import { t } from '../../texts';
import { FilterBox } from '../../ui/filter';
import { Icon } from '../../ui/icons';
import { lazy } from '../../ui/lazy';
import { Mark } from '../../ui/mark';
import { Picker } from '../../ui/picker';

const NewNamespace = lazy(() => import('../jobs/namespace').then((part) => part.NewNamespace));

interface HeadProps {
  view: ViewOf<'list'>;
  title: string;
  loader: ListLoader;
  shown: number;
  filtered: boolean;
  /** How many are unhealthy, for kinds that tell. */
  unhealthy: number | undefined;
  columns: readonly KindColumn[];
  filterInput: RefObject<HTMLInputElement | null>;
}

export function ListHead(props: HeadProps) {
  const { view, title, loader, unhealthy } = props;
  return (
    <div class="view-head">
      <h1>{title}</h1>
      <span class="count" role="status">
        {countText(props)}
      </span>
      {narrow.value && <NamespacePicker />}
      <span class="view-space" />
      {(loader.error.value === undefined || loader.rows.value.length > 0) && (
        <FilterBox
          value={view.filter}
          input={props.filterInput}
          placeholder={t().filterPlaceholder}
          onInput={(filter) => patchList({ filter })}
        />
      )}
      {unhealthy !== undefined && (
        <button
          type="button"
          class={unhealthy > 0 ? 'button toggle toggle-bad' : 'button toggle'}
          aria-pressed={view.unhealthy}
          title={view.kind === 'events' ? t().warningsTip : t().unhealthyTip}
          onClick={() => patchList({ unhealthy: !view.unhealthy })}
        >
          {unhealthy > 0 && <Mark mark="bad" />}
          {view.kind === 'events' ? t().warnings(count(unhealthy)) : t().unhealthy(count(unhealthy))}
        </button>
      )}
      {view.open === '' && <Create view={view} />}
      {!narrow.value && view.open === '' && loader.columns.value.length > 0 && (
        <ColumnPicker view={view} columns={props.columns} />
      )}
    </div>
  );
}

/** What makes one more of a kind: a form where there is one, else whatever is pasted. */
function Create({ view }: { view: ViewOf<'list'> }) {
  const { cluster, kind } = view;
  const namespace = view.namespaces[0] ?? '';
  if (kind === 'namespaces') return <NewNamespace cluster={cluster} />;
  if (kind === 'jobs.batch') {
    return (
      <>
        <a
          class="button"
          href={to('runs', { cluster, namespace: view.namespaces.length === 1 ? namespace : '' })}
        >
          {t().history}
        </a>
        <a class="button button-main" href={to('job-new', { cluster, namespace })}>
          <Icon name="plus" />
          {t().newJob}
        </a>
      </>
    );
  }
  return (
    <a
      class="button button-icon"
      href={to('new', { cluster, namespace })}
      aria-label={t().newObjects}
      title={t().newObjects}
    >
      <Icon name="plus" />
    </a>
  );
}

function countText({ loader, shown, filtered }: HeadProps): string {
  const have = loader.rows.value.length;
  const total = loader.total.value;
  if (loader.asOf.value === undefined && have > 0) {
    return total === undefined ? t().soFar(count(have)) : t().countOf(count(have), count(total));
  }
  if (loader.asOf.value === undefined) return '';
  return filtered ? t().countOf(count(shown), count(have)) : count(have);
}

function ColumnPicker({ view, columns }: { view: ViewOf<'list'>; columns: readonly KindColumn[] }) {
  const changed = columnChoices.value[view.kind] ?? [];
  const shown = columns
    .filter((column) => column.byDefault !== changed.includes(column.id))
    .map((column) => column.id);
  return (
    <Picker
      label={t().chooseColumns}
      align="end"
      buttonClass="button button-icon"
      button={<Icon name="columns" />}
      choices={columns.map((column) => ({ value: column.id, label: column.title }))}
      chosen={shown}
      multiple
      onChange={(next) => {
        if (next.length === 0) return; // a table without columns helps nobody
        const choice = columns
          .filter((column) => next.includes(column.id) !== column.byDefault)
          .map((column) => column.id);
        columnChoices.value = { ...columnChoices.value, [view.kind]: choice };
      }}
    />
  );
}
