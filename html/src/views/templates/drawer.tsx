// One template: its parameters, its manifest, its versions; to be used, changed into the next version, or deleted.
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { deleteTemplate, type Template, template } from '../../api/jobs';
import { Query } from '../../api/query';
import { clusterList } from '../../lib/gate';
import { useKeys } from '../../lib/keys';
import { patch, to, type ViewOf } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { detail } from '../../texts/object';
import { Age } from '../../ui/age';
import { Code } from '../../ui/code';
import { ChangeButtons, DrawerFrame } from '../../ui/drawer';
import { ErrorBox } from '../../ui/error';
import { Fact, Facts } from '../../ui/facts';
import { Again } from '../../ui/list';
import { RemoveDialog } from '../../ui/remove';
import { Waiting } from '../../ui/waiting';
import { typeOf } from '../jobs/template';
import { TemplateEditor } from './editor';

interface DrawerProps {
  view: ViewOf<'templates'>;
  onChanged(): void;
  onClose(): void;
}

export function TemplateDrawer({ view, onChanged, onClose }: DrawerProps) {
  const { open: name, version } = view;
  const query = useMemo(
    () => new Query((signal) => template(name, version || undefined, signal)),
    [name, version],
  );
  const removing = useSignal(false);
  useEffect(() => {
    query.load();
    return () => query.cancel();
  }, [query]);
  const found = query.data.value;
  const error = query.error.value;
  const isEditing = view.tab === 'edit';
  const tab = isEditing || view.tab === 'yaml' ? 'yaml' : 'summary';
  const edit = () => patch('templates', { tab: 'edit' });
  useKeys([{ keys: 'e', label: detail().edit, run: edit }]);
  return (
    <DrawerFrame
      kind={jobTexts().template}
      name={name}
      tabs={[
        { id: 'summary', label: detail().tabs.summary },
        { id: 'yaml', label: detail().tabs.yaml },
      ]}
      tab={tab}
      onTab={(id) => patch('templates', { tab: id === 'summary' ? '' : id })}
      onClose={onClose}
      actions={
        found &&
        !isEditing && (
          <ChangeButtons
            onEdit={edit}
            onRemove={() => {
              removing.value = true;
            }}
          />
        )
      }
    >
      {error && (
        <ErrorBox
          slim={found !== undefined}
          failed={jobTexts().templateFailed(name)}
          error={error}
          actions={<Again query={query} />}
        />
      )}
      {!found && !error && (
        <Waiting what={jobTexts().waitingTemplate(name)} onCancel={() => query.cancel()} />
      )}
      {found && tab === 'summary' && <Summary found={found} />}
      {found && tab === 'yaml' && !isEditing && <Code value={found.job_manifest} />}
      {found && isEditing && (
        <TemplateEditor
          template={found}
          onDone={(saved) => {
            onChanged();
            patch('templates', { version: saved ? '' : version, tab: '' });
            if (saved) query.renew();
          }}
        />
      )}
      {removing.value && (
        <RemoveDialog
          kind={jobTexts().template}
          name={name}
          grave
          remove={() => deleteTemplate(name)}
          onClose={() => {
            removing.value = false;
          }}
          onDone={() => {
            onChanged();
            onClose();
          }}
        >
          <div>
            <p>{jobTexts().removeVersions(found?.versions.length ?? 1)}</p>
            <p>{jobTexts().removeKeeps}</p>
          </div>
        </RemoveDialog>
      )}
    </DrawerFrame>
  );
}

function Summary({ found }: { found: Template }) {
  const parameters = found.parameters ?? [];
  return (
    <div class="summary">
      {found.description && <p>{found.description}</p>}
      <Facts>
        <Fact name={t().columns.version}>
          <Versions found={found} />
        </Fact>
        <Fact name={t().columns.created}>
          <Age time={found.created_at} /> <span class="muted mono">{found.created_at}</span>
        </Fact>
        {found.created_by && (
          <Fact name={jobTexts().createdBy}>
            <span class="mono">{found.created_by}</span>
          </Fact>
        )}
        <Fact name={jobTexts().useIn}>
          <span class="chips">
            {clusterList.value.map((cluster) => (
              <a
                key={cluster.id}
                class="chip"
                href={to('job-new', { cluster: cluster.id, from: 'template', template: found.name })}
              >
                {cluster.name}
              </a>
            ))}
          </span>
        </Fact>
      </Facts>
      <section class="part">
        <h3>{jobTexts().parameters}</h3>
        {parameters.length === 0 && <p class="muted">{jobTexts().noParameters}</p>}
        <ul class="states">
          {parameters.map((parameter) => {
            const { name, required, values, description, pattern } = parameter;
            const given = parameter.default === null || parameter.default === undefined;
            return (
              <li key={name}>
                <div class="state-line">
                  <span class="state-name mono">{name}</span>
                  <span>{typeOf(parameter)}</span>
                  {required && <span class="muted">{jobTexts().required}</span>}
                  {!given && (
                    <span class="muted mono">{jobTexts().defaultOf(String(parameter.default))}</span>
                  )}
                </div>
                {values && <p class="muted mono">{values.join(' · ')}</p>}
                {description && <p class="muted">{description}</p>}
                {pattern && <p class="muted mono">{jobTexts().matches(pattern)}</p>}
              </li>
            );
          })}
        </ul>
      </section>
    </div>
  );
}

/** The last is the one that is used unless another is asked for. */
function Versions({ found }: { found: Template }) {
  const versions = [...found.versions].sort((a, b) => b - a);
  const newest = versions[0] ?? found.version;
  if (versions.length <= 1) return <span class="mono">{found.version}</span>;
  return (
    <select
      class="input select mono version"
      aria-label={t().columns.version}
      value={String(found.version)}
      onChange={(event) => {
        const { value } = event.currentTarget;
        patch('templates', { version: value === String(newest) ? '' : value });
      }}
    >
      {versions.map((version) => (
        <option key={version} value={version}>
          {version === newest ? jobTexts().newestVersion(version) : version}
        </option>
      ))}
    </select>
  );
}
