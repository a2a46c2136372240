// From what was typed to what is sent: a job's manifest from the form, and the values of a template's parameters.
import type { Parameter, ParameterValue } from '../../api/jobs';
import { jobTexts } from '../../texts/jobs';

export type Wrong = Record<string, string>;

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const VARIABLE = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;

export function isNamespace(text: string): boolean {
  return LABEL.test(text);
}

export interface JobForm {
  name: string;
  image: string;
  /** One word to a line, as the container gets them. */
  command: string;
  args: string;
  /** NAME=value, one to a line. */
  env: string;
  completions: string;
  parallelism: string;
  backoff_limit: string;
  deadline: string;
  ttl: string;
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  spec: Record<string, unknown>;
}

const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

function wholeNumber(field: string, text: string, least: number, wrong: Wrong): number | undefined {
  if (text === '') return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  wrong[field] = jobTexts().wrongNumber(least);
  return undefined;
}

/** Leaves out what was not said, so that the cluster's own defaults hold. */
function said<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0),
    ),
  ) as T;
}

export function manifestOf(form: JobForm): { manifest: Manifest; wrong: Wrong } {
  const wrong: Wrong = {};
  if (form.image === '') wrong.image = jobTexts().needed;
  if (form.name !== '' && !LABEL.test(form.name)) wrong.name = jobTexts().wrongName;
  const env = lines(form.env).map((line) => {
    const at = line.indexOf('=');
    if (at < 1 || !VARIABLE.test(line.slice(0, at).trim())) wrong.env = jobTexts().wrongVariable(line.trim());
    return { name: line.slice(0, at).trim(), value: line.slice(at + 1) };
  });
  const number = (field: keyof JobForm, least: number) => wholeNumber(field, form[field], least, wrong);
  const container = said({
    name: 'main',
    image: form.image,
    command: lines(form.command),
    args: lines(form.args),
    env,
  });
  const manifest: Manifest = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: said({ name: form.name || undefined }),
    spec: said({
      completions: number('completions', 1),
      parallelism: number('parallelism', 1),
      backoffLimit: number('backoff_limit', 0),
      activeDeadlineSeconds: number('deadline', 1),
      ttlSecondsAfterFinished: number('ttl', 0),
      template: { spec: { restartPolicy: 'Never', containers: [container] } },
    }),
  };
  return { manifest, wrong };
}

/** What is typed for a parameter, in its type. Nothing typed is nothing said: the default holds. */
export function typedValue(parameter: Parameter, typed: string): { value?: ParameterValue; wrong?: string } {
  const { type } = parameter;
  if (type === 'boolean') return { value: typed === 'true' };
  if (typed === '') {
    const missing = parameter.required && (parameter.default === undefined || parameter.default === null);
    return missing ? { wrong: jobTexts().needed } : {};
  }
  if (type === 'integer' || type === 'number') return numberOf(parameter, typed);
  if (type === 'enum' && !parameter.values?.includes(typed)) return { wrong: jobTexts().wrongChoice };
  return { value: typed };
}

function numberOf(parameter: Parameter, typed: string): { value?: number; wrong?: string } {
  const shape = parameter.type === 'integer' ? /^-?\d{1,15}$/ : /^-?\d+(\.\d+)?([eE][-+]?\d{1,3})?$/;
  if (!shape.test(typed)) {
    return { wrong: parameter.type === 'integer' ? jobTexts().wrongInteger : jobTexts().wrongDecimal };
  }
  const value = Number(typed);
  const { minimum, maximum } = parameter;
  if (minimum !== undefined && minimum !== null && value < minimum)
    return { wrong: jobTexts().atLeast(minimum) };
  if (maximum !== undefined && maximum !== null && value > maximum)
    return { wrong: jobTexts().atMost(maximum) };
  return { value };
}

export function valuesOf(
  parameters: readonly Parameter[],
  typed: (name: string) => string,
): { values: Record<string, ParameterValue>; wrong: Wrong } {
  const values: Record<string, ParameterValue> = {};
  const wrong: Wrong = {};
  for (const parameter of parameters) {
    const read = typedValue(parameter, typed(parameter.name));
    if (read.wrong) wrong[parameter.name] = read.wrong;
    if (read.value !== undefined) values[parameter.name] = read.value;
  }
  return { values, wrong };
}
