// A template, as a form or as YAML: what it is for, its parameters, and the manifest with ${name} where their values go.
import { batch, useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { type ApiError, type Cause, toApiError } from '../../api/error';
import { changeTemplate, createTemplate, type Template, type TemplateBody } from '../../api/jobs';
import { toYaml } from '../../lib/yaml';
import { navigate, to } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { ErrorBox } from '../../ui/error';
import { Mark } from '../../ui/mark';
import { Segments } from '../../ui/select';
import { Editor } from '../edit/editor';
import { readYaml } from '../edit/parse';
import type { Wrong } from '../jobs/read';
import { bodyOf, type Draft, draftOf } from './draft';
import { TemplateForm } from './form';
import '../../styles/edit.css';
import '../../styles/jobs.css';

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

function partsOf({ description, parameters, job_manifest }: Template) {
  return { description: description ?? '', parameters: parameters ?? [], job_manifest };
}

type From = 'form' | 'yaml';

interface EditorProps {
  /** The one that gets a next version; a new one without. */
  template?: Template;
  onDone(saved: boolean): void;
}

export function TemplateEditor({ template, onDone }: EditorProps) {
  const written = template ? partsOf(template) : STARTER;
  const draft = useSignal(draftOf(written));
  const text = useSignal(toYaml(written));
  const from = useSignal<From>(draft.peek() ? 'form' : 'yaml');
  const read = useComputed(() => readYaml(text.value));
  const failed = useSignal<{ error: ApiError; placed: Cause[] } | undefined>(undefined);
  const wrong = useSignal<Wrong>({});
  const note = useSignal('');
  const busy = useSignal(false);
  const texts = jobTexts();
  const box = useRef<HTMLDivElement>(null);
  /** What is wrong may be out of sight. */
  const focusWrong = () => {
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  };

  function forget(): void {
    batch(() => {
      failed.value = undefined;
      wrong.value = {};
      note.value = '';
    });
  }

  /** A stored template has its name already. */
  function bodyFromForm(from: Draft): object {
    const { name, ...body } = bodyOf(from).body;
    return template ? body : { name, ...body };
  }

  function documentOf(): object | undefined {
    const [document, ...more] = read.peek().documents;
    const isOne = typeof document === 'object' && document !== null && more.length === 0;
    return isOne ? document : undefined;
  }

  function change(next: From): void {
    if (next === from.peek()) return;
    forget();
    if (next === 'yaml' && draft.peek()) text.value = toYaml(bodyFromForm(draft.peek() as Draft));
    else if (next === 'form') {
      const made = draftOf(documentOf());
      if (!made) {
        note.value = texts.noForm;
        return;
      }
      draft.value = made;
    }
    from.value = next;
  }

  /** What is to be sent, or nothing when something is wrong with it, which is then said at its place. */
  function body(): object | undefined {
    if (from.peek() === 'form' && draft.peek()) {
      wrong.value = bodyOf(draft.peek() as Draft).wrong;
      return Object.keys(wrong.peek()).length === 0 ? bodyFromForm(draft.peek() as Draft) : undefined;
    }
    if (read.peek().faults.length > 0) return undefined;
    if (!documentOf()) note.value = texts.oneDocument;
    return documentOf();
  }

  async function save(): Promise<void> {
    if (busy.peek()) return;
    forget();
    const made = body();
    if (!made) return focusWrong();
    busy.value = true;
    try {
      if (template) {
        const newest = Math.max(template.version, ...template.versions);
        await changeTemplate(template.name, { ...(made as TemplateBody), version: newest });
      } else {
        const { name } = await createTemplate(made as TemplateBody);
        navigate(to('templates', { open: name }));
      }
      onDone(true);
    } catch (reason) {
      const error = toApiError(reason);
      const isPlaced = ({ field }: Cause) => /^(name|description|parameters\[\d+\]\.\w+)$/.test(field);
      const placed = from.peek() === 'form' ? error.causes.filter(isPlaced) : [];
      wrong.value = Object.fromEntries(placed.map(({ field, message }) => [field, message]));
      failed.value = { error, placed };
      if (placed.length > 0) focusWrong();
    } finally {
      busy.value = false;
    }
  }

  return (
    <div class="edit" ref={box}>
      <div class="text-tools">
        <button
          type="button"
          class="button button-main"
          disabled={busy.value || (from.value === 'yaml' && read.value.faults.length > 0)}
          onClick={save}
        >
          {busy.value ? texts.saving : template ? texts.saveVersion : texts.createTemplate}
        </button>
        <button type="button" class="button" onClick={() => onDone(false)}>
          {t().cancel}
        </button>
        <span class="view-space" />
        <Segments
          label={texts.writeAs}
          value={from.value}
          choices={[
            { value: 'form', label: texts.fromForm },
            { value: 'yaml', label: texts.fromYaml },
          ]}
          onChange={change}
        />
      </div>
      {failed.value && (
        <ErrorBox slim failed={texts.saveFailed} error={failed.value.error} shown={failed.value.placed} />
      )}
      {note.value !== '' && (
        <div class="strip strip-bad" role="alert">
          <Mark mark="bad" />
          <span class="strip-text">{note.value}</span>
        </div>
      )}
      {template && <p class="edit-note">{texts.versionNote}</p>}
      {from.value === 'form' && draft.value ? (
        <TemplateForm
          draft={draft.value}
          named={template !== undefined}
          wrong={wrong.value}
          busy={busy.value}
          onChange={(next) => {
            draft.value = next;
          }}
          onSubmit={save}
        />
      ) : (
        <>
          {!template && <p class="edit-note">{texts.templateNote}</p>}
          <Editor
            label={texts.templateLabel}
            value={text.value}
            faults={read.value.faults}
            readOnly={busy.value}
            onInput={(next) => {
              text.value = next;
            }}
            onSubmit={save}
          />
        </>
      )}
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
