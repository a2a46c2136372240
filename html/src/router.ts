// The URL is the state: this module reads it, writes it, and nothing else keeps a copy.
import { computed, signal } from '@preact/signals';

export interface ListView {
  cluster: string;
  /** "pods", "deployments.apps"; empty until the view picks one. */
  kind: string;
  namespaces: string[];
  filter: string;
  /** Column id, "-" in front for descending; empty is the server's order. */
  sort: string;
  unhealthy: boolean;
  /** "namespace/name" or "name" of the object in the drawer. */
  open: string;
  tab: string;
}

export interface EksView {
  cluster: string;
  /** "nodegroups", "addons"; empty is the overview. */
  part: string;
  filter: string;
  sort: string;
  /** Name of what is in the drawer. */
  open: string;
  tab: string;
}

/** Finished jobs of a cluster, and what they add up to. */
export interface RunsView {
  cluster: string;
  part: 'history' | 'analytics';
  filter: string;
  state: string;
  since: string;
  by: string;
  sort: string;
  /** "namespace/name" of what is in the drawer. */
  open: string;
}

export interface NewJobView {
  cluster: string;
  namespace: string;
  /** "form", "yaml" or "template". */
  from: string;
  template: string;
}

/** Job templates and webhooks: lists that belong to the gateway and not to a cluster. */
export interface StoreView {
  filter: string;
  open: string;
  tab: string;
  version: string;
}

export type Route =
  | { view: 'clusters' }
  | { view: 'connect'; name: string; region: string }
  | { view: 'discover'; regions: string[] }
  | ({ view: 'list' } & ListView)
  | ({ view: 'eks' } & EksView)
  | { view: 'new'; cluster: string; namespace: string }
  | ({ view: 'runs' } & RunsView)
  | ({ view: 'job-new' } & NewJobView)
  | ({ view: 'templates' } & StoreView)
  | ({ view: 'webhooks' } & StoreView)
  | { view: 'template-new' }
  | { view: 'webhook-new' }
  | { view: 'unknown'; path: string };

/** A segment that is not valid percent-encoding is taken as it stands. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function words(text: string | null): string[] {
  return (text ?? '').split(',').filter((word) => word !== '');
}

/** These stand where a kind does; no kind of Kubernetes is called so. */
const EKS = 'eks';
const NEW = 'new';
const RUNS = 'job-history';
const NEW_JOB = 'new-job';
const ANALYTICS = 'analytics';

export function parse(path: string, search: string): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const query = new URLSearchParams(search);
  const [first, cluster, kind, ...rest] = parts;
  if (first === undefined) return { view: 'clusters' };
  if (first === 'connect' && parts.length === 1) {
    return { view: 'connect', name: query.get('name') ?? '', region: query.get('region') ?? '' };
  }
  if (first === 'discover' && parts.length === 1)
    return { view: 'discover', regions: words(query.get('region')) };
  if (first === 'templates' || first === 'webhooks') return parseStore(first, parts, query, path);
  if (first === 'c' && cluster && kind === RUNS && (rest.length === 0 || rest.join() === ANALYTICS)) {
    return {
      view: 'runs',
      cluster,
      part: rest.length === 0 ? 'history' : ANALYTICS,
      filter: query.get('q') ?? '',
      state: query.get('state') ?? '',
      since: query.get('since') ?? '',
      by: query.get('by') ?? '',
      sort: query.get('sort') ?? '',
      open: query.get('open') ?? '',
    };
  }
  if (first === 'c' && cluster && kind === NEW_JOB && rest.length === 0) {
    return {
      view: 'job-new',
      cluster,
      namespace: query.get('ns') ?? '',
      from: query.get('from') ?? '',
      template: query.get('template') ?? '',
    };
  }
  if (first === 'c' && cluster && kind === EKS && rest.length <= 1) {
    return {
      view: 'eks',
      cluster,
      part: rest[0] ?? '',
      filter: query.get('q') ?? '',
      sort: query.get('sort') ?? '',
      open: query.get('open') ?? '',
      tab: query.get('tab') ?? '',
    };
  }
  if (first === 'c' && cluster && kind === NEW && rest.length === 0) {
    return { view: 'new', cluster, namespace: query.get('ns') ?? '' };
  }
  if (first === 'c' && cluster && rest.length === 0) {
    return {
      view: 'list',
      cluster,
      kind: kind ?? '',
      namespaces: words(query.get('ns')),
      filter: query.get('q') ?? '',
      sort: query.get('sort') ?? '',
      unhealthy: query.get('unhealthy') === '1',
      open: query.get('open') ?? '',
      tab: query.get('tab') ?? '',
    };
  }
  return { view: 'unknown', path };
}

function parseStore(
  view: 'templates' | 'webhooks',
  parts: readonly string[],
  query: URLSearchParams,
  path: string,
): Route {
  if (parts.length === 2 && parts[1] === NEW) {
    return view === 'templates' ? { view: 'template-new' } : { view: 'webhook-new' };
  }
  if (parts.length > 1) return { view: 'unknown', path };
  return {
    view,
    filter: query.get('q') ?? '',
    open: query.get('open') ?? '',
    tab: query.get('tab') ?? '',
    version: query.get('version') ?? '',
  };
}

function withQuery(path: string, values: Record<string, string>): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== '') query.set(key, value);
  // Commas and slashes are legal in a query and far easier to read as they are.
  const text = query.toString().replaceAll('%2C', ',').replaceAll('%2F', '/');
  return text === '' ? path : `${path}?${text}`;
}

export function href(route: Exclude<Route, { view: 'unknown' }>): string {
  switch (route.view) {
    case 'clusters':
      return '/';
    case 'connect':
      return withQuery('/connect', { name: route.name, region: route.region });
    case 'discover':
      return withQuery('/discover', { region: route.regions.join(',') });
    case 'list':
      return withQuery(
        `/c/${encodeURIComponent(route.cluster)}${route.kind ? `/${encodeURIComponent(route.kind)}` : ''}`,
        {
          ns: route.namespaces.join(','),
          q: route.filter,
          sort: route.sort,
          unhealthy: route.unhealthy ? '1' : '',
          open: route.open,
          tab: route.open === '' ? '' : route.tab,
        },
      );
    case 'eks':
      return withQuery(
        `/c/${encodeURIComponent(route.cluster)}/${EKS}${route.part ? `/${encodeURIComponent(route.part)}` : ''}`,
        {
          q: route.filter,
          sort: route.sort,
          open: route.open,
          tab: route.open === '' ? '' : route.tab,
        },
      );
    case 'new':
      return withQuery(`/c/${encodeURIComponent(route.cluster)}/${NEW}`, { ns: route.namespace });
    case 'runs':
      return withQuery(
        `/c/${encodeURIComponent(route.cluster)}/${RUNS}${route.part === ANALYTICS ? `/${ANALYTICS}` : ''}`,
        {
          q: route.filter,
          state: route.state,
          since: route.since,
          by: route.by,
          sort: route.sort,
          open: route.open,
        },
      );
    case 'job-new':
      return withQuery(`/c/${encodeURIComponent(route.cluster)}/${NEW_JOB}`, {
        ns: route.namespace,
        from: route.from,
        template: route.template,
      });
    case 'templates':
    case 'webhooks':
      return withQuery(`/${route.view}`, {
        q: route.filter,
        open: route.open,
        version: route.open === '' ? '' : route.version,
        tab: route.open === '' ? '' : route.tab,
      });
    case 'template-new':
      return `/templates/${NEW}`;
    case 'webhook-new':
      return `/webhooks/${NEW}`;
  }
}

export const NO_LIST: ListView = {
  cluster: '',
  kind: '',
  namespaces: [],
  filter: '',
  sort: '',
  unhealthy: false,
  open: '',
  tab: '',
};

/** A link to a list, everything not named at its default. */
export function listHref(view: Partial<ListView> & { cluster: string }): string {
  return href({ view: 'list', ...NO_LIST, ...view });
}

/** A link to the EKS page of a cluster. */
export function eksHref(view: Partial<EksView> & { cluster: string }): string {
  return href({ view: 'eks', part: '', filter: '', sort: '', open: '', tab: '', ...view });
}

/** A link to the finished jobs of a cluster. */
export function runsHref(view: Partial<RunsView> & { cluster: string }): string {
  const empty = { filter: '', state: '', since: '', by: '', sort: '', open: '' };
  return href({ view: 'runs', part: 'history', ...empty, ...view });
}

/** A link to the page that makes a job. */
export function newJobHref(view: Partial<NewJobView> & { cluster: string }): string {
  return href({ view: 'job-new', namespace: '', from: '', template: '', ...view });
}

/** A link to the templates or the webhooks, or to one of them. */
export function storeHref(view: 'templates' | 'webhooks', state: Partial<StoreView> = {}): string {
  return href({ view, filter: '', open: '', tab: '', version: '', ...state });
}

const address = signal(globalThis.location ? location.pathname + location.search : '/');

export const route = computed<Route>(() => {
  const [path = '/', search = ''] = address.value.split(/\?(.*)/s);
  return parse(path, search);
});

/** The cluster of the open page, "" on pages that belong to none. */
export const openCluster = computed(() => ('cluster' in route.value ? route.value.cluster : ''));

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === address.peek()) return;
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  address.value = to;
}

type Known = Exclude<Route, { view: 'unknown' }>;

/** Changes part of the open page's state. Typing and sorting replace the entry, opening something adds one. */
export function patch<V extends Known['view']>(
  view: V,
  change: Partial<Extract<Known, { view: V }>>,
  how: 'push' | 'replace' = 'replace',
): void {
  const current = route.peek();
  if (current.view === view) navigate(href({ ...current, ...change } as Known), how);
}

/** The same for a list. */
export function patchList(change: Partial<ListView>, how: 'push' | 'replace' = 'replace'): void {
  patch('list', change, how);
}

/** The same for the EKS page. */
export function patchEks(change: Partial<EksView>, how: 'push' | 'replace' = 'replace'): void {
  patch('eks', change, how);
}

/** Links are plain anchors; a plain click on one of ours stays in the page. */
export function listenForNavigation(): void {
  addEventListener('popstate', () => {
    address.value = location.pathname + location.search;
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(anchor instanceof HTMLAnchorElement) || anchor.target !== '' || anchor.origin !== location.origin)
      return;
    if (anchor.hasAttribute('download')) return;
    if (anchor.hash !== '' && anchor.pathname === location.pathname) return;
    event.preventDefault();
    navigate(anchor.pathname + anchor.search);
  });
}
