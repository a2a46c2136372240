// The stored job templates: what each asks for, its versions, and the text it is made of.
import { useMemo } from 'preact/hooks';
import { type TemplateSummary, templates } from '../../api/jobs';
import { Query } from '../../api/query';
import { to, type ViewOf } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { StorePage } from '../../ui/store';
import { ageColumn, linkColumn, textColumn } from '../../ui/table/columns';
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
  const text = (
    id: string,
    title: string,
    of: (row: TemplateSummary) => string,
    least: number,
    most: number,
    face?: 'sans',
  ): Column<TemplateSummary> => textColumn({ id, title, rows, of, least, most, face });
  const name = linkColumn<TemplateSummary>({
    id: 'name',
    title: t().columns.name,
    rows,
    of: (row) => row.name,
    least: 16,
    most: 48,
    href: (row) => to('templates', { ...view, open: row.name, version: '' }),
  });
  const version: Column<TemplateSummary> = {
    id: 'version',
    title: t().columns.version,
    chars: 8,
    align: 'end',
    keep: true,
    cell: (row) => row.version,
  };
  const age = ageColumn<TemplateSummary>('age', t().columns.age, (row) => row.created_at);
  if (view.open !== '') return [name, version, age];
  return [
    name,
    version,
    text('parameters', texts.parameters, parametersOf, 12, 48),
    text('description', texts.description, (row) => row.description ?? '', 16, 72, 'sans'),
    text('author', texts.createdBy, (row) => row.created_by ?? '', 10, 14),
    age,
  ];
}

function parametersOf({ parameters = [] }: TemplateSummary): string {
  return parameters.map(({ name }) => name).join(', ');
}
