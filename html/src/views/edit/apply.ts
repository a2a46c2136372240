// Server-side apply of one whole object, tried or done.
import { open } from '../../api/client';
import { ApiError } from '../../api/error';
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

/** What became of one object of several. */
export interface Outcome {
  status: number;
  apiVersion: string;
  kind: string;
  name: string;
  namespace: string;
  error?: ApiError;
  warnings: string[];
}

interface WireOutcome {
  status?: number;
  apiVersion?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  object?: KubeObject;
  error?: unknown;
  warnings?: string[];
}

export interface ApplyAll {
  cluster: string;
  namespace: string;
  text: string;
  dry: boolean;
  force: boolean;
}

/** Applies every object of a text of one or more documents. */
export async function applyAll({ cluster, namespace, text, dry, force }: ApplyAll): Promise<Outcome[]> {
  const query = new URLSearchParams({ fieldManager: MANAGER });
  if (namespace !== '') query.set('namespace', namespace);
  if (dry) query.set('dryRun', 'All');
  if (force) query.set('force', 'true');
  const path = `/raw/clusters/${encodeURIComponent(cluster)}?${query}`;
  const answer = await open(path, { method: 'POST', type: 'application/yaml', body: text });
  const body = (await answer.json()) as KubeObject & { items?: WireOutcome[] };
  if (answer.status === 207) return (body.items ?? []).map((item) => outcomeOf(item, `POST ${path}`));
  const { apiVersion, kind, metadata } = body;
  const warnings = warningsOf(answer.headers.get('Warning'));
  return [outcomeOf({ apiVersion, kind, ...metadata, status: answer.status, warnings }, '')];
}

function outcomeOf(item: WireOutcome, request: string): Outcome {
  const { status = 0, apiVersion = '', kind = '', name = '', namespace = '', warnings = [] } = item;
  const error = item.error
    ? ApiError.fromAnswer({ status, headers: new Headers() }, JSON.stringify(item.error), request)
    : undefined;
  return { status, apiVersion, kind, name, namespace, warnings, error };
}
