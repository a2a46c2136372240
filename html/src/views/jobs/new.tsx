// A new job: from a form, from YAML, or from a template with typed parameters. All three are tried or made the same way.
import { batch, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type ApiError, type Cause, toApiError } from '../../api/error';
import { createJob, type Job, type NewJob } from '../../api/jobs';
import { clusterOf, namespacesOf } from '../../lib/gate';
import { toYaml } from '../../lib/yaml';
import { listHref, patch, type ViewOf } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { ErrorBox } from '../../ui/error';
import { TextField } from '../../ui/field';
import { Mark } from '../../ui/mark';
import { Segments } from '../../ui/select';
import { Editor } from '../edit/editor';
import { readYaml } from '../edit/parse';
import { openJob } from './detail';
import { FromForm } from './form';
import { isNamespace, type JobForm, manifestOf, type Wrong } from './read';
import { type Filled, FromTemplate } from './template';
import '../../styles/edit.css';
import '../../styles/jobs.css';

type From = 'form' | 'yaml' | 'template';

const EMPTY: JobForm = {
  name: '',
  image: '',
  command: '',
  args: '',
  env: '',
  completions: '',
  parallelism: '',
  backoff_limit: '',
  deadline: '',
  ttl: '',
};

export function NewJobPage({ view }: { view: ViewOf<'job-new'> }) {
  const { cluster } = view;
  const form = useRef<HTMLFormElement>(null);
  const kept = useRef<JobForm>(EMPTY);
  const filled = useRef<Filled | undefined>(undefined);
  const text = useSignal('');
  const wrong = useSignal<Wrong>({});
  const failed = useSignal<{ error: ApiError; placed: Cause[] } | undefined>(undefined);
  const tried = useSignal<Job | undefined>(undefined);
  const busy = useSignal(false);
  const space = useSignal(view.namespace || 'default');
  const from: From = view.from === 'yaml' || view.from === 'template' ? view.from : 'form';
  const where = clusterOf(cluster)?.name ?? cluster;
  useEffect(() => {
    batch(() => {
      wrong.value = {};
      failed.value = undefined;
      tried.value = undefined;
    });
  }, [from, view.template]);

  function keep(): void {
    if (form.current && from === 'form') kept.current = readForm(form.current);
  }

  function change(next: From): void {
    keep();
    // What was filled in goes along, to be written on where the form ends.
    if (from === 'form' && next === 'yaml' && text.peek() === '') {
      text.value = toYaml(manifestOf(kept.current).manifest);
    }
    patch('job-new', { from: next === 'form' ? '' : next });
  }

  /** What is to be sent, or nothing when something is wrong with it, which is then said at its place. */
  function read(): NewJob | undefined {
    const found: Wrong = isNamespace(space.peek().trim()) ? {} : { namespace: jobTexts().wrongNamespace };
    let body: NewJob | undefined;
    if (from === 'form') {
      keep();
      const made = manifestOf(kept.current);
      Object.assign(found, made.wrong);
      body = { job_manifest: made.manifest };
    } else if (from === 'yaml') {
      const { documents, faults } = readYaml(text.peek());
      if (faults.length > 0 || documents.length !== 1) found.yaml = jobTexts().wrongYaml(documents.length);
      body = { job_manifest: documents[0] };
    } else if (filled.current) {
      const { wrong: other, ...values } = filled.current;
      Object.assign(found, other);
      body = values;
    } else found.template = jobTexts().needed;
    wrong.value = found;
    return Object.keys(found).length === 0 ? body : undefined;
  }

  async function send(dry: boolean): Promise<void> {
    if (busy.peek()) return;
    const body = read();
    failed.value = undefined;
    tried.value = undefined;
    if (!body) return focusWrong();
    busy.value = true;
    try {
      const namespace = space.peek().trim();
      const job = await createJob(cluster, { ...body, namespace, ...(dry ? { dry_run: true } : {}) });
      if (dry) tried.value = job;
      else {
        namespacesOf(cluster).renew();
        openJob(cluster, job);
      }
    } catch (reason) {
      const error = toApiError(reason);
      const { fields, placed } = placesOf(error, from);
      wrong.value = fields;
      failed.value = { error, placed };
      focusWrong();
    } finally {
      busy.value = false;
    }
  }

  function focusWrong(): void {
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus());
  }

  const buttons = (
    <>
      <button type="submit" class="button button-main" disabled={busy.value}>
        {busy.value ? jobTexts().creating : jobTexts().createJob}
      </button>
      <button type="button" class="button" disabled={busy.value} onClick={() => send(true)}>
        {jobTexts().tryJob}
      </button>
    </>
  );
  const said = (
    <>
      {failed.value && (
        <ErrorBox
          slim={from === 'yaml'}
          failed={jobTexts().createFailed}
          error={failed.value.error}
          shown={failed.value.placed}
        />
      )}
      {wrong.value.yaml && <Note mark="bad">{wrong.value.yaml}</Note>}
      {tried.value && <Note mark="ok">{jobTexts().tried(tried.value.job_name, tried.value.namespace)}</Note>}
    </>
  );
  const namespace = (
    <TextField
      name="namespace"
      label={t().columns.namespace}
      hint={from === 'yaml' ? undefined : jobTexts().namespaceHint}
      value={space.value}
      mono
      required
      choices={namespacesOf(cluster).data.value ?? []}
      error={wrong.value.namespace}
    />
  );
  return (
    <div class="view">
      <div class="view-head">
        <h1>{t().newJob}</h1>
        <span class="count">{where}</span>
        <span class="view-space" />
        <Segments
          label={jobTexts().newFrom}
          value={from}
          choices={[
            { value: 'form', label: jobTexts().fromForm },
            { value: 'yaml', label: jobTexts().fromYaml },
            { value: 'template', label: jobTexts().fromTemplate },
          ]}
          onChange={change}
        />
      </div>
      <form
        class={from === 'yaml' ? 'edit' : 'view-form job-form'}
        ref={form}
        noValidate
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          send(false);
        }}
        onInput={(event) => {
          const target = event.target as HTMLInputElement;
          if (target.name === 'namespace') space.value = target.value;
        }}
      >
        {from === 'yaml' ? (
          <>
            <div class="text-tools job-tools">
              {namespace}
              {buttons}
            </div>
            {said}
            <Editor
              label={jobTexts().yamlLabel}
              value={text.value}
              faults={readYaml(text.value).faults}
              readOnly={busy.value}
              onInput={(next) => {
                text.value = next;
              }}
              onSubmit={() => send(true)}
            />
          </>
        ) : (
          <div class="form">
            {from === 'template' && namespace}
            {from === 'form' ? (
              <FromForm values={kept.current} wrong={wrong.value} namespace={namespace} />
            ) : (
              <FromTemplate
                chosen={view.template}
                wrong={wrong.value}
                form={form}
                onChoose={(template) => patch('job-new', { template })}
                onFilled={(next) => {
                  filled.current = next;
                }}
              />
            )}
            {said}
            <div class="form-actions">
              {buttons}
              <a
                class="button"
                href={listHref({
                  cluster,
                  kind: 'jobs.batch',
                  namespaces: view.namespace ? [view.namespace] : [],
                })}
              >
                {t().cancel}
              </a>
            </div>
          </div>
        )}
      </form>
    </div>
  );
}

/** Where the server's field stands on this page. */
const PLACES: Record<string, string> = {
  namespace: 'namespace',
  'metadata.name': 'name',
  'spec.template.spec.containers[0].image': 'image',
  'spec.template.spec.containers[0].command': 'command',
  'spec.template.spec.containers[0].env': 'env',
  'spec.completions': 'completions',
  'spec.parallelism': 'parallelism',
  'spec.backoffLimit': 'backoff_limit',
  'spec.activeDeadlineSeconds': 'deadline',
  'spec.ttlSecondsAfterFinished': 'ttl',
};

/** Causes at their fields, as far as this page has them. */
function placesOf(error: ApiError, from: From): { fields: Wrong; placed: Cause[] } {
  const fields: Wrong = {};
  const placed = error.causes.filter(({ field, message }) => {
    const bare = field.replace(/^job_manifest\./, '');
    const place =
      bare === 'namespace'
        ? bare
        : from === 'form'
          ? PLACES[bare]
          : from === 'template' && field.startsWith('parameters.')
            ? field
            : undefined;
    if (place !== undefined) fields[place] ??= message;
    return place !== undefined;
  });
  return { fields, placed };
}

function Note({ mark, children }: { mark: 'ok' | 'bad'; children: ComponentChildren }) {
  return (
    <div class={mark === 'bad' ? 'strip strip-bad' : 'strip'} role="status">
      <Mark mark={mark} />
      <span class="strip-text">{children}</span>
    </div>
  );
}

function readForm(form: HTMLFormElement): JobForm {
  const data = new FormData(form);
  const field = (name: string) => String(data.get(name) ?? '');
  return {
    name: field('name').trim(),
    image: field('image').trim(),
    command: field('command'),
    args: field('args'),
    env: field('env'),
    completions: field('completions').trim(),
    parallelism: field('parallelism').trim(),
    backoff_limit: field('backoff_limit').trim(),
    deadline: field('deadline').trim(),
    ttl: field('ttl').trim(),
  };
}
