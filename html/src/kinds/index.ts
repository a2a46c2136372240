// What the interface knows about kinds beyond what the cluster itself says: where they stand in the rail, which key
// opens them, where their health can be seen. A kind that is not named here works all the same.
import type { Resource } from '../api/types';

export const GROUPS = ['workloads', 'network', 'storage', 'cluster', 'custom'] as const;
export type Group = (typeof GROUPS)[number];

export interface KindHint {
  group: Group;
  /** Second key after "g". */
  key?: string;
  /** Shown without asking for more. */
  main?: boolean;
  /** The order people want where the server's says nothing. */
  sort?: string;
}

// The order here is the order in the rail.
const HINTS: Record<string, KindHint> = {
  pods: { group: 'workloads', key: 'p', main: true },
  'deployments.apps': { group: 'workloads', key: 'd', main: true },
  'statefulsets.apps': { group: 'workloads', key: 't', main: true },
  'daemonsets.apps': { group: 'workloads', main: true },
  'jobs.batch': { group: 'workloads', key: 'j', main: true },
  'cronjobs.batch': { group: 'workloads', main: true },
  'replicasets.apps': { group: 'workloads' },
  replicationcontrollers: { group: 'workloads' },
  'horizontalpodautoscalers.autoscaling': { group: 'workloads' },
  'poddisruptionbudgets.policy': { group: 'workloads' },
  podtemplates: { group: 'workloads' },
  'controllerrevisions.apps': { group: 'workloads' },
  services: { group: 'network', key: 's', main: true },
  'ingresses.networking.k8s.io': { group: 'network', key: 'i', main: true },
  'networkpolicies.networking.k8s.io': { group: 'network', main: true },
  'endpointslices.discovery.k8s.io': { group: 'network' },
  endpoints: { group: 'network' },
  'ingressclasses.networking.k8s.io': { group: 'network' },
  persistentvolumeclaims: { group: 'storage', key: 'v', main: true },
  configmaps: { group: 'storage', key: 'm', main: true },
  secrets: { group: 'storage', main: true },
  persistentvolumes: { group: 'storage', main: true },
  'storageclasses.storage.k8s.io': { group: 'storage' },
  nodes: { group: 'cluster', key: 'n', main: true },
  namespaces: { group: 'cluster', key: 'a', main: true },
  events: { group: 'cluster', key: 'e', main: true, sort: 'last-seen' },
  serviceaccounts: { group: 'cluster', main: true },
  'customresourcedefinitions.apiextensions.k8s.io': { group: 'cluster', main: true },
};

/** The same objects under a second name; one of the two is enough. */
const DOUBLES = new Set(['events.events.k8s.io']);

export interface RailKind {
  resource: Resource;
  main: boolean;
}

function isBuiltIn(group: string): boolean {
  return group === '' || !group.includes('.') || group === 'k8s.io' || group.endsWith('.k8s.io');
}

function groupOf(resource: Resource): Group {
  const hint = HINTS[resource.type];
  if (hint) return hint.group;
  if (!isBuiltIn(resource.group)) return 'custom';
  if (resource.group === 'networking.k8s.io' || resource.group === 'discovery.k8s.io') return 'network';
  if (resource.group === 'storage.k8s.io') return 'storage';
  if (['apps', 'batch', 'autoscaling', 'policy'].includes(resource.group)) return 'workloads';
  return 'cluster';
}

export function isListable(resource: Resource): boolean {
  return resource.verbs.includes('list') && !DOUBLES.has(resource.type);
}

/** The rail's content: kinds in their groups, the everyday ones first. Custom kinds are all everyday. */
export function railOf(resources: readonly Resource[]): Map<Group, RailKind[]> {
  const order = Object.keys(HINTS);
  const rank = (resource: Resource) => {
    const index = order.indexOf(resource.type);
    return index === -1 ? order.length : index;
  };
  const rail = new Map<Group, RailKind[]>(GROUPS.map((group) => [group, []]));
  const sorted = resources
    .filter(isListable)
    .sort((a, b) => rank(a) - rank(b) || a.kind.localeCompare(b.kind) || a.group.localeCompare(b.group));
  for (const resource of sorted) {
    const group = groupOf(resource);
    rail.get(group)?.push({ resource, main: group === 'custom' || HINTS[resource.type]?.main === true });
  }
  return rail;
}

/** Kinds that have a key of their own, for the shortcuts. */
export const KIND_KEYS: readonly { key: string; type: string }[] = Object.entries(HINTS).flatMap(
  ([type, hint]) => (hint.key ? [{ key: hint.key, type }] : []),
);

/** "NetworkPolicy" as a title: "Network policies", unless it is an acronym that must stay. */
export function kindTitle(resource: Pick<Resource, 'kind' | 'plural'>): string {
  const words = resource.kind
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(' ');
  const lowered = words.map((word, index) => {
    if (/^[A-Z]{2,}$/.test(word)) return word;
    return index === 0 ? word : word.toLowerCase();
  });
  return pluralOf(lowered.join(' '), resource.plural);
}

function pluralOf(title: string, plural: string): string {
  if (title.toLowerCase().replaceAll(' ', '') === plural) return title; // Endpoints
  if (title.endsWith('metrics')) return title; // NodeMetrics, whose plural is nodes
  if (/(s|x|z|ch|sh)$/.test(title)) return `${title}es`;
  if (/[^aeiou]y$/.test(title)) return `${title.slice(0, -1)}ies`;
  return `${title}s`;
}

export function defaultSort(type: string): string {
  return HINTS[type]?.sort ?? '';
}

/** Finds a kind by what people type: plural, singular, short name, kind or full type. */
export function matchKind(resources: readonly Resource[], word: string): Resource | undefined {
  const wanted = word.toLowerCase();
  const tests: ((resource: Resource) => boolean)[] = [
    (resource) => resource.type === wanted,
    (resource) => resource.plural === wanted,
    (resource) => resource.shortNames?.includes(wanted) ?? false,
    (resource) => resource.kind.toLowerCase() === wanted,
    (resource) => resource.plural.startsWith(wanted),
  ];
  const listable = resources.filter(isListable);
  for (const test of tests) {
    const found = listable.find(test);
    if (found) return found;
  }
  return undefined;
}
