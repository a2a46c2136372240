// A job from a stored template: which one, and the values of its parameters, each asked for in its own type.
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { type NewJob, type Parameter, type Template, template, templates } from '../../api/jobs';
import { Query } from '../../api/query';
import { to } from '../../router';
import { t } from '../../texts';
import { jobTexts } from '../../texts/jobs';
import { Empty } from '../../ui/empty';
import { ErrorBox } from '../../ui/error';
import { Check, TextField } from '../../ui/field';
import { SelectField } from '../../ui/select';
import { Waiting } from '../../ui/waiting';
import { valuesOf, type Wrong } from './read';

export type Filled = Extract<NewJob, { template: string }> & { wrong: Wrong };

interface FromTemplateProps {
  chosen: string;
  wrong: Wrong;
  form: RefObject<HTMLFormElement | null>;
  onChoose(name: string): void;
  /** Asked for when the job is to be made. */
  onFilled(filled: Filled | undefined): void;
}

export function FromTemplate({ chosen, wrong, form, onChoose, onFilled }: FromTemplateProps) {
  const list = useMemo(() => new Query(templates), []);
  const one = useMemo(() => new Query((signal) => template(chosen, undefined, signal)), [chosen]);
  useEffect(() => {
    list.load();
    return () => list.cancel();
  }, [list]);
  useEffect(() => {
    if (chosen !== '') one.load();
    return () => one.cancel();
  }, [one]);
  const names = (list.data.value?.items ?? []).map(({ name }) => name);
  const found = chosen === '' ? undefined : one.data.value;
  const error = list.error.value ?? one.error.value;
  if (list.data.value && names.length === 0) {
    return (
      <Empty title={jobTexts().noTemplates} why={jobTexts().noTemplatesWhy}>
        <a class="button button-main" href="/templates/new">
          {t().newTemplate}
        </a>
      </Empty>
    );
  }
  return (
    <>
      {error && <ErrorBox failed={jobTexts().templatesFailed} error={error} />}
      {!list.data.value && !error && <Waiting what={jobTexts().waitingTemplates} />}
      {list.data.value && (
        <SelectField
          name="template"
          label={jobTexts().template}
          value={chosen}
          mono
          error={wrong.template}
          choices={[
            ...(chosen === '' || !names.includes(chosen)
              ? [{ value: '', label: jobTexts().chooseTemplate }]
              : []),
            ...names.map((name) => ({ value: name, label: name })),
          ]}
          onChange={onChoose}
        />
      )}
      {found && (
        <>
          {found.description && <p class="muted">{found.description}</p>}
          <p>
            <a href={to('templates', { open: found.name })}>
              {jobTexts().versionOf(found.name, found.version)}
            </a>
          </p>
          <Parameters
            key={`${found.name} ${found.version}`}
            found={found}
            wrong={wrong}
            form={form}
            onFilled={onFilled}
          />
        </>
      )}
    </>
  );
}

interface ParametersProps {
  found: Template;
  wrong: Wrong;
  form: RefObject<HTMLFormElement | null>;
  onFilled(filled: Filled | undefined): void;
}

/** A parameter's field must not be taken for one of the page's own. */
const fieldOf = (name: string) => `parameters.${name}`;

function Parameters({ found, wrong, form, onFilled }: ParametersProps) {
  const { name, version } = found;
  const parameters = found.parameters ?? [];
  const checked = useSignal<Record<string, boolean>>({});
  const isOn = (parameter: Parameter) => checked.value[parameter.name] ?? parameter.default === true;

  useEffect(() => {
    const filled = {
      template: name,
      template_version: version,
      // Read when they are looked at: what is typed stays in the fields until then.
      get parameters() {
        return read().values;
      },
      get wrong() {
        const fields = Object.entries(read().wrong);
        return Object.fromEntries(fields.map(([key, text]) => [fieldOf(key), text]));
      },
    };
    const read = () => {
      const data = form.current ? new FormData(form.current) : new FormData();
      const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
      return valuesOf(parameters, (key) => {
        const parameter = byName.get(key);
        if (parameter?.type === 'boolean') return String(isOn(parameter));
        return String(data.get(fieldOf(key)) ?? '').trim();
      });
    };
    onFilled(filled);
    return () => onFilled(undefined);
  }, [found]);

  if (parameters.length === 0) return <p class="muted">{jobTexts().noParameters}</p>;
  return (
    <>
      {parameters.map((parameter) => {
        const hint = hintOf(parameter);
        const common = {
          name: fieldOf(parameter.name),
          label: parameter.name,
          hint,
          error: wrong[fieldOf(parameter.name)],
          optional: parameter.required ? undefined : t().optional,
          mono: true,
          value:
            parameter.default === undefined || parameter.default === null ? '' : String(parameter.default),
        };
        if (parameter.type === 'boolean') {
          return (
            <Check
              key={parameter.name}
              label={parameter.name}
              hint={hint}
              checked={isOn(parameter)}
              onChange={(on) => {
                checked.value = { ...checked.value, [parameter.name]: on };
              }}
            />
          );
        }
        if (parameter.type === 'enum') {
          const choices = (parameter.values ?? []).map((each) => ({ value: each, label: each }));
          return (
            <SelectField
              key={parameter.name}
              {...common}
              choices={
                common.value === '' ? [{ value: '', label: jobTexts().chooseValue }, ...choices] : choices
              }
            />
          );
        }
        return <TextField key={parameter.name} {...common} required={parameter.required} />;
      })}
    </>
  );
}

/** What it is for and what it takes. */
export function hintOf(parameter: Parameter): string | undefined {
  const { description, type, pattern } = parameter;
  const parts = [
    description,
    type === 'integer' || type === 'number' ? typeOf(parameter) : undefined,
    pattern ? jobTexts().matches(pattern) : undefined,
  ];
  const said = parts.filter(Boolean);
  return said.length === 0 ? undefined : said.join(' · ');
}

/** "whole number from 0 to 10" */
export function typeOf({ type, minimum, maximum }: Parameter): string {
  const word = jobTexts().types[type];
  const low = minimum === null || minimum === undefined ? undefined : String(minimum);
  const high = maximum === null || maximum === undefined ? undefined : String(maximum);
  if (low !== undefined && high !== undefined) return jobTexts().numberIn(word, low, high);
  if (low !== undefined) return jobTexts().numberFrom(word, low);
  return high === undefined ? word : jobTexts().numberTo(word, high);
}
