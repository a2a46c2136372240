// Server-side apply of one whole object, tried or done.
import { open } from '../../api/client';
import type { KubeObject } from '../../api/types';

export const MANAGER = 'eksgate-ui';

export interface Applied {
  object: KubeObject;
  warnings: string[];
}

/** The texts of a Warning header: 299 - "text", 299 - "text" */
export function warningsOf(header: string | null): string[] {
  const out: string[] = [];
  for (const match of (header ?? '').matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
    out.push((match[1] ?? '').replace(/\\(.)/g, '$1'));
  }
  return out;
}

async function patch(path: string, query: URLSearchParams, type: string, body: string): Promise<Applied> {
  const answer = await open(`${path}?${query}`, { method: 'PATCH', type, body });
  return { object: (await answer.json()) as KubeObject, warnings: warningsOf(answer.headers.get('Warning')) };
}

export function applyText(
  path: string,
  text: string,
  how: { dry: boolean; force: boolean },
): Promise<Applied> {
  const query = new URLSearchParams({ fieldManager: MANAGER, fieldValidation: 'Strict' });
  if (how.dry) query.set('dryRun', 'All');
  if (how.force) query.set('force', 'true');
  return patch(path, query, 'application/apply-patch+yaml', text);
}

/** Takes fields out of exactly this version of the object. */
export function removeFields(
  path: string,
  operations: readonly { op: 'remove'; path: string }[],
  version: string,
): Promise<Applied> {
  const query = new URLSearchParams({ fieldManager: MANAGER });
  const body = [{ op: 'test', path: '/metadata/resourceVersion', value: version }, ...operations];
  return patch(path, query, 'application/json-patch+json', JSON.stringify(body));
}
