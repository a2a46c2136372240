// A template while it is written as a form: what is typed, as texts, and what that makes.
import type { Parameter, ParameterType, TemplateBody } from '../../api/jobs';
import { toYaml } from '../../lib/yaml';
import { jobTexts } from '../../texts/jobs';
import { readYaml } from '../edit/parse';
import { typedValue, type Wrong } from '../jobs/read';

export interface ParameterDraft {
  /** Tells rows apart while others come and go. */
  id: number;
  name: string;
  type: ParameterType;
  required: boolean;
  default: string;
  description: string;
  pattern: string;
  minimum: string;
  maximum: string;
  /** One to a line. */
  values: string;
}

export interface Draft {
  name: string;
  description: string;
  parameters: ParameterDraft[];
  manifest: string;
}

export const TYPES: readonly ParameterType[] = ['string', 'integer', 'number', 'boolean', 'enum'];

let ids = 0;
const typed = (value: unknown) => (value === null || value === undefined ? '' : String(value));

export function parameterDraft(parameter: Partial<Parameter> = {}): ParameterDraft {
  return {
    id: ++ids,
    name: parameter.name ?? '',
    type: parameter.type ?? 'string',
    required: parameter.required ?? false,
    default: typed(parameter.default),
    description: typed(parameter.description),
    pattern: typed(parameter.pattern),
    minimum: typed(parameter.minimum),
    maximum: typed(parameter.maximum),
    values: (parameter.values ?? []).join('\n'),
  };
}

/** A written template as a form; nothing where it holds what the form has no place for. */
export function draftOf(document: unknown): Draft | undefined {
  if (!isRecord(document)) return undefined;
  const { name, description, parameters = [], job_manifest, ...rest } = document;
  if (Object.keys(rest).length > 0 || !isRecord(job_manifest)) return undefined;
  if (!Array.isArray(parameters) || !parameters.every(fits)) return undefined;
  return {
    name: typed(name),
    description: typed(description),
    parameters: parameters.map(parameterDraft),
    manifest: toYaml(job_manifest),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const PLACES = new Set(Object.keys(parameterDraft()));

function fits(parameter: unknown): parameter is Parameter {
  if (!isRecord(parameter) || !Object.keys(parameter).every((key) => key !== 'id' && PLACES.has(key)))
    return false;
  const { type, required = false, values = [], ...rest } = parameter;
  return (
    TYPES.includes(type as ParameterType) &&
    typeof required === 'boolean' &&
    (values === null || (Array.isArray(values) && values.every((value) => typeof value === 'string'))) &&
    Object.values(rest).every((value) => typeof value !== 'object' || value === null)
  );
}

export function bodyOf(draft: Draft): { body: TemplateBody; wrong: Wrong } {
  const wrong: Wrong = {};
  const names = draft.parameters.map(({ name }) => name.trim());
  const parameters = draft.parameters.map((parameter, index) => {
    const at = (field: string) => `parameters[${index}].${field}`;
    const name = names[index] ?? '';
    if (name === '') wrong[at('name')] = jobTexts().needed;
    else if (names.indexOf(name) !== index) wrong[at('name')] = jobTexts().nameTwice;
    return said(parameter, name, at, wrong);
  });
  const { documents, faults } = readYaml(draft.manifest);
  const [manifest] = documents;
  if (faults.length > 0 || documents.length !== 1 || !isRecord(manifest))
    wrong.job_manifest = jobTexts().wrongYaml(documents.length);
  const body: TemplateBody = {
    name: draft.name.trim(),
    description: draft.description.trim(),
    parameters,
    job_manifest: isRecord(manifest) ? manifest : {},
  };
  return { body, wrong };
}

/** A parameter with the bounds that its type has, and nothing that was left empty. */
function said(draft: ParameterDraft, name: string, at: (field: string) => string, wrong: Wrong): Parameter {
  const { type, required } = draft;
  const out: Parameter = { name, type };
  if (required) out.required = true;
  const description = draft.description.trim();
  if (description !== '') out.description = description;
  if (type === 'string' && draft.pattern !== '') out.pattern = draft.pattern;
  if (type === 'integer' || type === 'number') {
    for (const field of ['minimum', 'maximum'] as const) {
      const read = typedValue({ name: field, type }, draft[field].trim());
      if (read.wrong) wrong[at(field)] = read.wrong;
      if (typeof read.value === 'number') out[field] = read.value;
    }
  }
  if (type === 'enum') {
    out.values = draft.values.split('\n').map((line) => line.trim());
    out.values = out.values.filter((line) => line !== '');
    if (out.values.length === 0) wrong[at('values')] = jobTexts().needed;
  }
  if (draft.default !== '') {
    const read = typedValue(out, draft.default);
    if (read.wrong) wrong[at('default')] = read.wrong;
    if (read.value !== undefined) out.default = read.value;
  }
  return out;
}
