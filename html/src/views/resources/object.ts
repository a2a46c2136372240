// An object made fit for reading, without changing what it says.
import type { KubeObject } from '../../api/types';

export function isSecret(object: KubeObject): boolean {
  return object.kind === 'Secret' && object.apiVersion === 'v1';
}

/** Bytes behind a base64 text. */
export function byteLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, (base64.length / 4) * 3 - padding);
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** A Secret with its values covered: shoulders and shared screens should not see them by accident. */
export function masked(object: KubeObject): KubeObject {
  if (!isSecret(object)) return object;
  const data = (object.data ?? {}) as Record<string, string>;
  const covered = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, `••• (${Math.floor(byteLength(String(value)))} bytes)`]),
  );
  const { annotations } = object.metadata;
  const metadata =
    annotations?.[LAST_APPLIED] === undefined
      ? object.metadata
      : { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: '•••' } };
  return { ...object, metadata, ...(object.data === undefined ? {} : { data: covered }) };
}

/** apiVersion and kind first, as people write them; managedFields only when asked for. */
export function ordered(object: KubeObject, managed: boolean): KubeObject {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { managedFields, ...kept } = metadata;
  return {
    apiVersion,
    kind,
    metadata: managed && managedFields !== undefined ? { ...kept, managedFields } : kept,
    ...rest,
  };
}
