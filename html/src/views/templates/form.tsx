// A template as a form: each parameter with the fields its type has, and the manifest they are put into.
import type { ComponentChildren } from 'preact';
import type { ParameterType } from '../../api/jobs';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { Check, TextField } from '../../ui/field';
import { Icon } from '../../ui/icons';
import { SelectField } from '../../ui/select';
import { Editor } from '../edit/editor';
import { readYaml } from '../edit/parse';
import type { Wrong } from '../jobs/read';
import { type Draft, type ParameterDraft, parameterDraft, TYPES } from './draft';

interface FormProps {
  draft: Draft;
  /** A stored template keeps its name. */
  named: boolean;
  wrong: Wrong;
  busy: boolean;
  onChange(draft: Draft): void;
  onSubmit(): void;
}

export function TemplateForm({ draft, named, wrong, busy, onChange, onSubmit }: FormProps) {
  const texts = jobTexts();
  const { parameters } = draft;
  const change = (index: number, more: Partial<ParameterDraft>) =>
    onChange({
      ...draft,
      parameters: parameters.map((each, place) => (place === index ? { ...each, ...more } : each)),
    });

  /** The fields keep what is typed into them; here it is read as it is typed. */
  function onInput(event: Event): void {
    const { name, value } = event.target as HTMLInputElement;
    const [, index, field] = /^parameters\[(\d+)\]\.(\w+)$/.exec(name) ?? [];
    if (index !== undefined && field !== undefined) change(Number(index), { [field]: value });
    else if (name === 'name' || name === 'description') onChange({ ...draft, [name]: value });
  }

  return (
    <form
      class="view-form template-form"
      noValidate
      autocomplete="off"
      onInput={onInput}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div class="form">
        {!named && (
          <TextField
            name="name"
            label={t().columns.name}
            value={draft.name}
            mono
            required
            error={wrong.name}
          />
        )}
        <TextField
          name="description"
          label={texts.description}
          optional={t().optional}
          value={draft.description}
          error={wrong.description}
        />
        <section class="parameters" aria-labelledby="parameters">
          <h2 id="parameters">{texts.parameters}</h2>
          {parameters.length === 0 && <p class="muted">{texts.noParameters}</p>}
          {parameters.map((parameter, index) => (
            <ParameterFields
              key={parameter.id}
              parameter={parameter}
              at={(field) => `parameters[${index}].${field}`}
              wrong={wrong}
              onChange={(more) => change(index, more)}
              onRemove={() => onChange({ ...draft, parameters: parameters.filter((_, at) => at !== index) })}
            />
          ))}
          <button
            type="button"
            class="button"
            onClick={() => onChange({ ...draft, parameters: [...parameters, parameterDraft()] })}
          >
            <Icon name="plus" />
            {texts.addParameter}
          </button>
        </section>
        <section aria-labelledby="manifest">
          <h2 id="manifest">{texts.manifest}</h2>
          <p class="field-hint">{texts.templateNote}</p>
          {wrong.job_manifest && <p class="field-error">{wrong.job_manifest}</p>}
          <div class="manifest">
            <Editor
              label={texts.yamlLabel}
              value={draft.manifest}
              faults={readYaml(draft.manifest).faults}
              readOnly={busy}
              quiet
              onInput={(manifest) => onChange({ ...draft, manifest })}
              onSubmit={onSubmit}
            />
          </div>
        </section>
      </div>
    </form>
  );
}

interface ParameterProps {
  parameter: ParameterDraft;
  at(field: string): string;
  wrong: Wrong;
  onChange(more: Partial<ParameterDraft>): void;
  onRemove(): void;
}

function ParameterFields({ parameter, at, wrong, onChange, onRemove }: ParameterProps) {
  const texts = jobTexts();
  const { name, type, required } = parameter;
  const field = (of: 'pattern' | 'minimum' | 'maximum' | 'description', label: string) => (
    <TextField
      name={at(of)}
      label={label}
      optional={t().optional}
      value={parameter[of]}
      mono={of !== 'description'}
      error={wrong[at(of)]}
    />
  );
  return (
    <fieldset class="parameter">
      <legend class="offscreen">{name === '' ? texts.newParameter : name}</legend>
      <div class="field-row field-row-top">
        <TextField
          name={at('name')}
          label={t().columns.name}
          value={name}
          mono
          required
          error={wrong[at('name')]}
        />
        <SelectField
          name={at('type')}
          label={texts.type}
          value={type}
          choices={TYPES.map((value) => ({ value, label: texts.types[value] }))}
          error={wrong[at('type')]}
          onChange={(next) => onChange({ type: next as ParameterType, default: '' })}
        />
        <Default
          parameter={parameter}
          name={at('default')}
          error={wrong[at('default')]}
          onChange={onChange}
        />
      </div>
      {type === 'string' && field('pattern', texts.pattern)}
      {(type === 'integer' || type === 'number') && (
        <div class="field-row field-row-top">
          {field('minimum', texts.minimum)}
          {field('maximum', texts.maximum)}
        </div>
      )}
      {type === 'enum' && (
        <TextField
          name={at('values')}
          label={texts.values}
          hint={texts.argsHint}
          value={parameter.values}
          mono
          required
          lines={3}
          error={wrong[at('values')]}
        />
      )}
      {field('description', texts.description)}
      <div class="parameter-foot">
        <Check label={texts.requiredLabel} checked={required} onChange={(on) => onChange({ required: on })} />
        <button
          type="button"
          class="button button-quiet"
          aria-label={texts.removeParameter(name)}
          onClick={onRemove}
        >
          {texts.remove}
        </button>
      </div>
    </fieldset>
  );
}

interface DefaultProps {
  parameter: ParameterDraft;
  name: string;
  error: string | undefined;
  onChange(more: Partial<ParameterDraft>): void;
}

/** What holds when nothing is given, in the parameter's own type. */
function Default({ parameter, name, error, onChange }: DefaultProps): ComponentChildren {
  const { type, values } = parameter;
  const texts = jobTexts();
  const common = { name, label: texts.defaultLabel, optional: t().optional, error, value: parameter.default };
  if (type !== 'boolean' && type !== 'enum') return <TextField key={type} {...common} mono />;
  const each = type === 'boolean' ? ['true', 'false'] : values.split('\n').map((line) => line.trim());
  const choices = each.filter((value) => value !== '').map((value) => ({ value, label: value }));
  return (
    <SelectField
      key={type}
      {...common}
      mono
      choices={[{ value: '', label: texts.noDefault }, ...choices]}
      onChange={(next) => onChange({ default: next })}
    />
  );
}
