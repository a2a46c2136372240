// An object as the text that is edited, and back.
import type { KubeObject } from '../../api/types';
import { toYaml } from '../../lib/yaml';
import { byteLength, isSecret } from '../resources/object';

/** What the API server writes itself, and what an apply must not send. */
const OWN = [
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export interface Editable {
  text: string;
  /** Values of a Secret by what stands for them in the text. */
  covered: Map<string, string>;
}

/** The text to edit: without bookkeeping and status, the values of a Secret covered. They stay unless replaced. */
export function editable(object: KubeObject): Editable {
  const { apiVersion, kind, metadata, status: _, ...rest } = object;
  const kept: Record<string, unknown> = { ...metadata };
  for (const key of OWN) delete kept[key];
  if (metadata.annotations) {
    const { [LAST_APPLIED]: __, ...annotations } = metadata.annotations;
    if (Object.keys(annotations).length > 0) kept.annotations = annotations;
    else delete kept.annotations;
  }
  const covered = new Map<string, string>();
  if (isSecret(object) && object.data) {
    const data = Object.entries(object.data as Record<string, string>).map(([key, value]) => {
      const cover = `••• ${key} (${Math.floor(byteLength(String(value)))} bytes)`;
      covered.set(cover, String(value));
      return [key, cover];
    });
    return {
      text: toYaml({ apiVersion, kind, metadata: kept, ...rest, data: Object.fromEntries(data) }),
      covered,
    };
  }
  return { text: toYaml(withoutNoTimes({ apiVersion, kind, metadata: kept, ...rest })), covered };
}

/** Templates carry a time that nobody has set. */
function withoutNoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNoTimes);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, of]) => key !== 'creationTimestamp' || of !== null);
  return Object.fromEntries(entries.map(([key, of]) => [key, withoutNoTimes(of)]));
}

/** The text as it is sent: what was covered in its place again. */
export function uncovered(text: string, covered: ReadonlyMap<string, string>): string {
  let out = text;
  for (const [cover, value] of covered) out = out.replaceAll(cover, value);
  return out;
}
