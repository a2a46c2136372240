// Who owns a field, as managedFields tell it, and as the API server says it when an apply would take one away.
import type { Cause } from '../../api/error';
import type { Step } from './diff';

interface ManagedEntry {
  manager?: string;
  subresource?: string;
  fieldsV1?: Fields;
}

interface Fields {
  [key: string]: Fields;
}

function child(fields: Fields, step: Step, value: unknown): Fields | undefined {
  if ('key' in step) return fields[`f:${step.key}`];
  for (const [key, inner] of Object.entries(fields)) {
    if (!key.startsWith('k:')) continue;
    try {
      const wanted = JSON.parse(key.slice(2)) as Record<string, unknown>;
      const item = value as Record<string, unknown>;
      if (Object.entries(wanted).every(([name, of]) => item?.[name] === of)) return inner;
    } catch {
      return undefined; // a form of key that is not known owns nothing we could name
    }
  }
  return undefined;
}

/** Names of those who own a field or something in it. A list that is owned as a whole owns its items. */
export function ownersOf(managed: unknown, object: unknown, steps: readonly Step[]): string[] {
  if (!Array.isArray(managed)) return [];
  const out = new Set<string>();
  for (const entry of managed as ManagedEntry[]) {
    let fields: Fields | undefined = entry.fieldsV1;
    let value: unknown = object;
    for (const step of steps) {
      if (!fields) break;
      value = (value as Record<string | number, unknown> | undefined)?.[
        'key' in step ? step.key : step.index
      ];
      if (Object.keys(fields).length === 0) break; // owned whole
      fields = child(fields, step, value);
    }
    if (fields && entry.manager) out.add(entry.manager);
  }
  return [...out];
}

export interface Conflict {
  field: string;
  owner: string;
}

/** The conflicts of an apply. None when the 409 is about something else. */
export function conflictsOf(causes: readonly Cause[]): Conflict[] {
  return causes
    .filter((cause) => cause.reason === 'FieldManagerConflict')
    .map(({ field, message }) => ({
      field: field.replace(/^\./, ''),
      owner: /^conflict with "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message,
    }));
}
