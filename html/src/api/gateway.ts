// Every route of the gateway the interface uses, each as one typed function.
import { call } from './client';
import type {
  Access,
  AccessPolicy,
  Auth,
  Available,
  Caller,
  ClusterDetail,
  Clusters,
  Connected,
  ConnectRequest,
  Discovery,
  EksOverview,
  EksPart,
  Health,
  KubeObject,
  Resource,
  TablePage,
  Uploaded,
} from './types';

const segment = encodeURIComponent;

export function health(signal?: AbortSignal): Promise<Health> {
  return call('/health', { signal });
}

export function whoami(signal?: AbortSignal): Promise<Caller> {
  return call('/api/whoami', { signal });
}

/** Shows the key once, for a session's cookie. */
export function signIn(token: string): Promise<{ csrf: string | null }> {
  return call('/api/auth/login', { method: 'POST', body: { token } });
}

export function signOut(): Promise<unknown> {
  return call('/api/auth/logout', { method: 'POST' });
}

export function clusters(signal?: AbortSignal): Promise<Clusters> {
  return call('/api/clusters', { signal });
}

export function connect(body: ConnectRequest, signal?: AbortSignal): Promise<Connected> {
  return call('/api/clusters/connect', { method: 'POST', body, signal });
}

/** Adds every context of a kubeconfig, YAML or JSON. */
export function addKubeconfig(text: string, replace: boolean, signal?: AbortSignal): Promise<Uploaded> {
  const path = `/api/contexts${replace ? '?replace=true' : ''}`;
  return call(path, { method: 'POST', body: text, type: 'application/yaml', signal });
}

export function available(regions: string[], auth: Auth, signal?: AbortSignal): Promise<Available> {
  return call('/api/clusters/available', { method: 'POST', body: { regions, auth }, signal });
}

export function disconnect(id: string): Promise<unknown> {
  return call(`/api/clusters/${segment(id)}/disconnect`, { method: 'POST', body: {} });
}

export function cluster(id: string, signal?: AbortSignal): Promise<ClusterDetail> {
  return call(`/api/clusters/${segment(id)}`, { signal });
}

export function eks(id: string, signal?: AbortSignal): Promise<EksOverview> {
  return call(`/api/clusters/${segment(id)}/eks`, { signal });
}

export function eksPart(id: string, part: string, signal?: AbortSignal): Promise<EksPart> {
  return call(`/api/clusters/${segment(id)}/eks/${segment(part)}`, { signal });
}

export function access(id: string, signal?: AbortSignal): Promise<Access> {
  return call(`/api/clusters/${segment(id)}/access`, { signal });
}

/** Creates an access entry, for the connection's own identity unless another is named. */
export function grantAccess(id: string, policy: AccessPolicy, principal_arn?: string): Promise<unknown> {
  return call(`/api/clusters/${segment(id)}/access`, { method: 'POST', body: { policy, principal_arn } });
}

export function discovery(id: string, signal?: AbortSignal): Promise<Discovery> {
  return call(`/api/clusters/${segment(id)}/resources`, { signal });
}

export interface ListQuery {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  token?: string;
}

export function table(id: string, type: string, query: ListQuery, signal?: AbortSignal): Promise<TablePage> {
  const params = new URLSearchParams({ format: 'table' });
  if (query.namespace) params.set('namespace', query.namespace);
  if (query.labelSelector) params.set('labelSelector', query.labelSelector);
  if (query.fieldSelector) params.set('fieldSelector', query.fieldSelector);
  if (query.limit) params.set('limit', String(query.limit));
  if (query.token) params.set('continue', query.token);
  return call(`/api/clusters/${segment(id)}/resources/${segment(type)}?${params}`, { signal });
}

/** Where the API server keeps the objects of a kind, seen through the byte-true proxy. */
export function collectionPath(id: string, resource: Resource, namespace?: string): string {
  const base =
    resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const space = resource.namespaced && namespace ? `/namespaces/${segment(namespace)}` : '';
  return `/raw/clusters/${segment(id)}${base}${space}/${resource.plural}`;
}

export function objectPath(
  id: string,
  resource: Resource,
  namespace: string | undefined,
  name: string,
): string {
  return `${collectionPath(id, resource, namespace)}/${segment(name)}`;
}

export function object(path: string, signal?: AbortSignal): Promise<KubeObject> {
  return call(path, { signal });
}
