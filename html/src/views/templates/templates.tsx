// The stored job templates: what each asks for, its versions, and the text it is made of.
import { useMemo } from 'preact/hooks';
import { type TemplateSummary, templates } from '../../api/jobs';
import { Query } from '../../api/query';
import { exact } from '../../lib/age';
import { longest } from '../../lib/format';
import { to, type ViewOf } from '../../router';
import { locale, t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { Age } from '../../ui/age';
import { StorePage } from '../../ui/store';
import type { Column } from '../../ui/table/table';
import { TemplateDrawer } from './drawer';
import '../../styles/jobs.css';

export function TemplatesPage({ view }: { view: ViewOf<'templates'> }) {
  const query = useMemo(() => new Query(templates), []);
  const texts = jobTexts();
  return (
    <StorePage
      view={view}
      query={query}
      title={t().templates}
      placeholder={texts.filterPlaceholder}
      add={t().newTemplate}
      texts={{
        failed: texts.templatesFailed,
        old: texts.templatesOld,
        waiting: texts.waitingTemplates,
        none: texts.noTemplates,
        noneWhy: texts.noTemplatesWhy,
      }}
      idOf={({ name }) => name}
      said={({ name, description }) => `${name}\n${description ?? ''}`}
      columns={(rows) => columnsOf(view, rows)}
      drawer={(_, close) => (
        <TemplateDrawer
          key={`${view.open} ${view.version}`}
          view={view}
          onChanged={() => query.renew()}
          onClose={close}
        />
      )}
    />
  );
}

function columnsOf(view: ViewOf<'templates'>, rows: readonly TemplateSummary[]): Column<TemplateSummary>[] {
  const texts = jobTexts();
  const name: Column<TemplateSummary> = {
    id: 'name',
    title: t().columns.name,
    chars: longest(
      rows.map((row) => row.name),
      20,
      48,
    ),
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
      chars: longest(rows.map(parametersOf), 12, 48),
      least: 12,
      cell: parametersOf,
      whole: parametersOf,
    },
    {
      id: 'description',
      title: texts.description,
      chars: longest(
        rows.map((row) => row.description ?? ''),
        16,
        72,
      ),
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
