// The stored job templates: what each asks for, its versions, and the text it is made of.
import { useMemo, useRef } from 'preact/hooks';
import { type TemplateSummary, templates } from '../../api/jobs';
import { Query } from '../../api/query';
import { clock, exact } from '../../lib/age';
import { count } from '../../lib/format';
import { useKeys } from '../../lib/keys';
import { REFRESH_MS, useFreshness } from '../../lib/refresh';
import { patch, to, type ViewOf } from '../../router';
import { locale, t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { Age } from '../../ui/age';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { FilterBox } from '../../ui/filter';
import { Icon } from '../../ui/icons';
import { matches, parseFilter } from '../../ui/table/filter';
import { type Column, Table } from '../../ui/table/table';
import { Waiting } from '../../ui/waiting';
import { TemplateDrawer } from './drawer';
import '../../styles/jobs.css';

export function TemplatesPage({ view }: { view: ViewOf<'templates'> }) {
  const query = useMemo(() => new Query(templates), []);
  const freshness = useMemo(
    () => ({
      asOf: query.asOf,
      error: query.error,
      busy: query.loading,
      load: () => query.load(),
      interval: () => REFRESH_MS,
    }),
    [query],
  );
  useFreshness(freshness);
  const close = () => {
    patch('templates', { open: '' }, 'push');
    document.querySelector<HTMLElement>('.main .table')?.focus();
  };
  const filter = useRef<HTMLInputElement>(null);
  useKeys([
    { keys: '/', label: t().keys.filter, run: () => filter.current?.select() },
    ...(view.open === '' ? [] : [{ keys: 'Escape', label: t().keys.close, run: close }]),
  ]);
  const all = query.data.value?.items;
  const error = query.error.value;
  const asOf = query.asOf.value;
  const { words } = parseFilter(view.filter);
  const rows = (all ?? []).filter(({ name, description }) =>
    matches(`${name}\n${description ?? ''}`.toLowerCase(), words),
  );
  return (
    <div class={view.open === '' ? 'view' : 'view view-drawn'}>
      <div class="view-list">
        <div class="view-head">
          <h1>{t().templates}</h1>
          {all && <span class="count">{count(rows.length)}</span>}
          <span class="view-space" />
          {all && all.length > 0 && (
            <FilterBox
              value={view.filter}
              input={filter}
              placeholder={jobTexts().filterPlaceholder}
              onInput={(text) => patch('templates', { filter: text })}
            />
          )}
          <a class="button button-main" href="/templates/new">
            <Icon name="plus" />
            {t().newTemplate}
          </a>
        </div>
        {error && (
          <ErrorBox
            slim={all !== undefined}
            failed={asOf === undefined ? jobTexts().templatesFailed : jobTexts().templatesOld(clock(asOf))}
            error={error}
            actions={
              <button
                type="button"
                class="button"
                disabled={query.loading.value}
                onClick={() => query.load()}
              >
                {t().tryAgain}
              </button>
            }
          />
        )}
        {!all && !error && <Waiting what={jobTexts().waitingTemplates} onCancel={() => query.cancel()} />}
        {all?.length === 0 && (
          <Empty title={jobTexts().noTemplates} why={jobTexts().noTemplatesWhy}>
            <a class="button button-main" href="/templates/new">
              {t().newTemplate}
            </a>
          </Empty>
        )}
        {all && all.length > 0 && rows.length === 0 && (
          <Empty title={t().noneMatch(t().templates)} why={t().noneMatchWhy(count(all.length))}>
            <button
              type="button"
              class="button button-main"
              onClick={() => patch('templates', { filter: '' })}
            >
              {t().showAll}
            </button>
          </Empty>
        )}
        {rows.length > 0 && (
          <Table
            label={t().templates}
            main
            columns={columnsOf(view, rows)}
            rows={rows}
            rowKey={({ name }) => name}
            chosen={view.open}
            onOpen={({ name }) => patch('templates', { open: name, version: '', tab: '' }, 'push')}
            stale={error !== undefined}
            topic={view.filter}
          />
        )}
      </div>
      {view.open !== '' && (
        <TemplateDrawer
          key={`${view.open} ${view.version}`}
          view={view}
          onChanged={() => query.renew()}
          onClose={close}
        />
      )}
    </div>
  );
}

function columnsOf(view: ViewOf<'templates'>, rows: readonly TemplateSummary[]): Column<TemplateSummary>[] {
  const texts = jobTexts();
  const name: Column<TemplateSummary> = {
    id: 'name',
    title: t().columns.name,
    chars: Math.min(48, Math.max(20, ...rows.map((row) => row.name.length))),
    least: 16,
    keep: true,
    flexible: true,
    cell: (row) => (
      <a class="row-link" href={to('templates', { ...view, open: row.name, version: '' })} tabIndex={-1}>
        {row.name}
      </a>
    ),
    whole: (row) => row.name,
  };
  const version: Column<TemplateSummary> = {
    id: 'version',
    title: t().columns.version,
    chars: 8,
    align: 'end',
    keep: true,
    cell: (row) => row.version,
  };
  const age: Column<TemplateSummary> = {
    id: 'age',
    title: t().columns.age,
    chars: 7,
    narrowChars: 6,
    align: 'end',
    keep: true,
    cell: (row) => <Age time={row.created_at} />,
    whole: (row) => exact(row.created_at, locale()),
  };
  if (view.open !== '') return [name, version, age];
  return [
    name,
    version,
    {
      id: 'parameters',
      title: texts.parameters,
      chars: Math.min(48, Math.max(12, ...rows.map((row) => parametersOf(row).length))),
      least: 12,
      cell: parametersOf,
      whole: parametersOf,
    },
    {
      id: 'description',
      title: texts.description,
      chars: Math.min(72, Math.max(16, ...rows.map((row) => row.description?.length ?? 0))),
      least: 16,
      face: 'sans',
      cell: (row) => row.description,
      whole: (row) => row.description ?? '',
    },
    {
      id: 'author',
      title: texts.createdBy,
      chars: 14,
      least: 10,
      cell: (row) => row.created_by,
      whole: (row) => row.created_by ?? '',
    },
    age,
  ];
}

function parametersOf({ parameters = [] }: TemplateSummary): string {
  return parameters.map(({ name }) => name).join(', ');
}
