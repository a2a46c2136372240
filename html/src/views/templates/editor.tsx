// A template as YAML: what it is for, its parameters, and the manifest with ${name} where their values go.
import { useComputed, useSignal } from '@preact/signals';
import { type ApiError, toApiError } from '../../api/error';
import { changeTemplate, createTemplate, type Template, type TemplateBody } from '../../api/jobs';
import { toYaml } from '../../lib/yaml';
import { navigate, to } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { ErrorBox } from '../../ui/error';
import { Mark } from '../../ui/mark';
import { Editor } from '../edit/editor';
import { readYaml } from '../edit/parse';
import '../../styles/edit.css';

/** Something to begin with, which works as it stands. */
const STARTER: TemplateBody = {
  name: 'report',
  description: 'Makes the report of one day',
  parameters: [
    {
      name: 'day',
      type: 'string',
      required: true,
      pattern: '^\\d{4}-\\d{2}-\\d{2}$',
      description: 'Which day',
    },
    { name: 'retries', type: 'integer', default: 2, minimum: 0, maximum: 10 },
    { name: 'level', type: 'enum', values: ['info', 'debug'], default: 'info' },
  ],
  job_manifest: {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { generateName: 'report-' },
    spec: {
      backoffLimit: `\${retries}`,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'main',
              image: 'busybox:1.36',
              command: ['echo', `report of \${day}`],
              env: [{ name: 'LEVEL', value: `\${level}` }],
            },
          ],
        },
      },
    },
  },
};

function textOf({ description, parameters, job_manifest }: Template): string {
  return toYaml({ description: description ?? '', parameters: parameters ?? [], job_manifest });
}

interface EditorProps {
  /** The one that gets a next version; a new one without. */
  template?: Template;
  onDone(saved: boolean): void;
}

export function TemplateEditor({ template, onDone }: EditorProps) {
  const text = useSignal(template ? textOf(template) : toYaml(STARTER));
  const read = useComputed(() => readYaml(text.value));
  const failed = useSignal<ApiError | undefined>(undefined);
  const wrong = useSignal(false);
  const busy = useSignal(false);

  async function save(): Promise<void> {
    const [document, ...more] = read.peek().documents;
    wrong.value = typeof document !== 'object' || document === null || more.length > 0;
    if (wrong.value || busy.peek() || read.peek().faults.length > 0) return;
    busy.value = true;
    failed.value = undefined;
    try {
      if (template) {
        const newest = Math.max(template.version, ...template.versions);
        await changeTemplate(template.name, { ...(document as TemplateBody), version: newest });
      } else {
        const made = await createTemplate(document as TemplateBody);
        navigate(to('templates', { open: made.name }));
      }
      onDone(true);
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  }

  return (
    <div class="edit">
      <div class="text-tools">
        <button
          type="button"
          class="button button-main"
          disabled={busy.value || read.value.faults.length > 0}
          onClick={save}
        >
          {busy.value ? jobTexts().saving : template ? jobTexts().saveVersion : jobTexts().createTemplate}
        </button>
        <button type="button" class="button" onClick={() => onDone(false)}>
          {t().cancel}
        </button>
      </div>
      {failed.value && <ErrorBox slim failed={jobTexts().saveFailed} error={failed.value} />}
      {wrong.value && (
        <div class="strip strip-bad" role="alert">
          <Mark mark="bad" />
          <span class="strip-text">{jobTexts().oneDocument}</span>
        </div>
      )}
      <p class="edit-note">{template ? jobTexts().versionNote : jobTexts().templateNote}</p>
      <Editor
        label={jobTexts().templateLabel}
        value={text.value}
        faults={read.value.faults}
        readOnly={busy.value}
        onInput={(next) => {
          text.value = next;
        }}
        onSubmit={save}
      />
    </div>
  );
}

export function NewTemplatePage() {
  return (
    <div class="view">
      <div class="view-head">
        <h1>{t().newTemplate}</h1>
      </div>
      <TemplateEditor
        onDone={(saved) => {
          if (!saved) navigate('/templates');
        }}
      />
    </div>
  );
}
